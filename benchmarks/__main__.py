"""`make bench`: measures, prints what came out, and writes RESULTS.md and its plot."""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine, ours, results
from benchmarks.comparison import compare, reference_answers
from benchmarks.contenders import Contender
from benchmarks.peers import node, python
from benchmarks.processes import cores, on_core
from benchmarks.upstream.recording import record
from benchmarks.upstream.serving import fastest, responder

RESULTS = Path(__file__).parent / "RESULTS.md"

SLOW_MS = 20


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds; writes no RESULTS.md")
    parser.add_argument(
        "--only", action="append", default=[], help="contenders with this in the name"
    )
    parser.add_argument("--rounds", type=int, help="samples of each contender and question")
    parser.add_argument("--seconds", type=float, help="how long a sample takes")
    options = parser.parse_args()
    rounds = options.rounds or (2 if options.quick else 5)
    seconds = options.seconds or (0.5 if options.quick else 1.5)
    with on_core(cores()[1]):
        text = measured(options.only, rounds=rounds, seconds=seconds)
    print(text)
    if not options.quick and not options.only:
        RESULTS.write_text(text, encoding="utf-8")
        print(f"Written to {RESULTS.name}.", file=sys.stderr)


def measured(only: list[str], *, rounds: int, seconds: float) -> str:
    """Everything, as the text of RESULTS.md."""
    contenders, absent = everybody()
    contenders = [
        contender
        for contender in contenders
        if not only or any(part in contender.name for part in only)
    ]
    with ExitStack() as stack:
        folder, slow_folder = (
            Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)
        )
        answers = record()
        upstream = stack.enter_context(fastest(answers, folder))
        slow = stack.enter_context(responder(answers, slow_folder, delay_ms=SLOW_MS))
        reference = reference_answers(ours.COLD, upstream, folder)
        rows, failed = compare(
            contenders,
            reference=reference,
            upstream=upstream,
            slow=slow,
            folder=folder,
            rounds=rounds,
            seconds=seconds,
            # A just-in-time compiler needs some thousand answers.
            warm_up_seconds=2 * seconds,
        )
        parts = [
            "# Results",
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {machine.described()}; load average"
            f" {machine.load_average():.2f}. Upstream: {upstream.name}. Medians of {rounds} rounds"
            f" of {seconds:g} s, contenders in turn; each answer compared.",
            results.comparison(rows, rows[0].contender.name),
        ]
    if left_out := absent | failed:
        parts.append("## Left out\n\n" + results.left_out(left_out))
    return "\n\n".join(parts) + "\n"


def everybody() -> tuple[list[Contender], dict[str, str]]:
    """The gateway's states and the peers, and by its name why a peer is not among them."""
    found, absent = [*ours.STATES, python.PLAIN_STRAWBERRY], {}
    try:
        found += node.contenders()
    except node.NotInstalled as reason:
        absent["Node peers"] = str(reason)
    return found, absent


if __name__ == "__main__":
    main()
