"""`make bench`: measures, prints what came out, and writes RESULTS.md and its plot."""

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine, ours, plot, results
from benchmarks.comparison import Row, alone, compare, reference_answers
from benchmarks.contenders import Contender
from benchmarks.growth.experiment import Growth, Setting
from benchmarks.growth.experiments import all_growth
from benchmarks.peers import hive, node, python, tailcall
from benchmarks.peers.npm import NotInstalled
from benchmarks.processes import cores, on_cores
from benchmarks.upstream.recording import record
from benchmarks.upstream.serving import Upstream, fastest, responder

HERE = Path(__file__).parent
RESULTS, PLOT = HERE / "RESULTS.md", HERE / "results.svg"

SLOW_MS = 20
GROWTH_ROUNDS, GROWTH_SECONDS = 3, 0.5


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    quick: bool
    only: list[str]
    rounds: int
    seconds: float

    @classmethod
    def of_command_line(cls) -> "Options":
        """Ends the process when there is something wrong with it."""
        parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
        parser.add_argument(
            "--quick", action="store_true", help="under two minutes: few rounds, nothing of growth"
        )
        parser.add_argument(
            "--only",
            action="append",
            default=[],
            metavar="PART",
            help="just the contenders with this in the name, again and again; nothing of growth",
        )
        parser.add_argument("--rounds", type=int, help="samples of each contender and question")
        parser.add_argument("--seconds", type=float, help="how long a sample takes")
        given = parser.parse_args()
        return cls(
            given.quick,
            given.only,
            given.rounds or (2 if given.quick else 5),
            given.seconds or (0.4 if given.quick else 1.5),
        )

    @property
    def is_whole(self) -> bool:
        """Whether what comes out is worth keeping."""
        return not self.quick and not self.only


def main() -> None:
    """Measure as the command line says."""
    options = Options.of_command_line()
    # So that the servers end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    began = datetime.now(UTC)
    with on_cores(cores()[1]), upstreams() as (folder, upstream, slow):
        contenders, absent = everybody(options.only)
        rows, failed = compare(
            contenders,
            reference=reference_answers(ours.COLD, upstream, folder),
            upstream=upstream,
            slow=slow,
            folder=folder,
            rounds=options.rounds,
            seconds=options.seconds,
        )
        by_itself = alone(slow)
        setting = Setting(upstream, folder, seconds=GROWTH_SECONDS, rounds=GROWTH_ROUNDS)
        grown = list(all_growth(setting)) if options.is_whole else []
    text = report(began, options, upstream, rows, by_itself, absent | failed, grown)
    print(text)
    if options.is_whole:
        RESULTS.write_text(text, encoding="utf-8")
        PLOT.write_text(plot.svg(rows), encoding="utf-8")
    hot = [sys.executable, "-m", "pytest", str(HERE / "test_hot.py")]
    sys.exit(subprocess.call(hot) if not options.only else 0)


@contextmanager
def upstreams() -> Iterator[tuple[Path, Upstream, Upstream]]:
    """A folder, the upstream that answers at once, and the one that takes its time."""
    with ExitStack() as stack:
        folder, slow_folder = (
            Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)
        )
        answers = record()
        upstream = stack.enter_context(fastest(answers, folder))
        slow = stack.enter_context(responder(answers, slow_folder, delay_ms=SLOW_MS))
        yield folder, upstream, slow


def everybody(only: list[str]) -> tuple[list[Contender], dict[str, str]]:
    """The gateway's states and the peers, and by its name why a peer is not among them."""
    found, absent = (
        [*ours.STATES, python.READY_BYTES, python.PLAIN_STRAWBERRY],
        {"Tailcall": tailcall.missing()},
    )
    for peer in (node.apollo, node.mercurius, hive.hive):
        try:
            found.append(peer())
        except NotInstalled as reason:
            absent[peer.__name__.capitalize()] = str(reason)
    return [one for one in found if not only or any(part in one.name for part in only)], absent


def report(
    began: datetime,
    options: Options,
    upstream: Upstream,
    rows: list[Row],
    by_itself: dict[str, float],
    left_out: dict[str, str],
    grown: list[Growth],
) -> str:
    """The text of RESULTS.md."""
    parts = [
        "# Results",
        f"{began:%Y-%m-%d %H:%M} UTC, in {(datetime.now(UTC) - began).total_seconds():.0f} s."
        f" {machine.described()}; load average {machine.load_average():.2f} at the end."
        f" Upstream: {upstream.name}. Medians of {options.rounds} rounds of"
        f" {options.seconds:g} s, contenders in turn, each on one core; every answer compared.",
        f"![CPU an answer]({PLOT.name})",
        "## Beside others",
        results.comparison(rows, rows[0].contender.name, by_itself),
    ]
    if grown:
        parts += ["## Growth of the gateway", *map(results.growth, grown)]
    if left_out:
        parts += ["## Left out", results.left_out(left_out)]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
