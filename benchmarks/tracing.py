"""`python -m benchmarks.tracing [PAIRS]`: what traces cost where a tenth of requests is recorded.

CPU of the gateway an answer, sending included, with traces on in proportion to traces off: for each
state and question, where the gateway draws the tenth itself, and where each request comes with a
client's trace, a tenth of which are recorded. Two gateways over one upstream take turns of few
answers, so that a noisy machine is as unkind to both. Two of the very same differ by some percent
for as long as they live, by where in memory what is: hence several pairs, one after the other; in
parentheses the least and the most that one pair had.
"""

import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path
from statistics import fmean

import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters._sandbox.serving import serve_in_thread
from benchmarks.contenders import Contender, Launch, running
from benchmarks.load import ask
from benchmarks.measuring import CONNECTIONS
from benchmarks.ours import STATES
from benchmarks.processes import Server, cores, on_cores
from benchmarks.questions import Q1, Q2, Question, request
from benchmarks.upstream.recording import record
from benchmarks.upstream.serving import fastest

PAIRS = 6
ROUNDS = 2
"""Of each pair, after one to warm up, in which a first batch of spans is sent, too: the first
connection is dear, and made once."""

TURNS = 20
TURN = {"gateway, from memory": 300}
"""Answers in a row by one server, 50 in other states: in milliseconds they are about the same."""
MOST_RATIO = 1.05

OWN, CLIENTS = "its own traces", "a client's traces"

Requests = bytes | Iterator[bytes]

RECORDED = b"traceparent: 00-%032x-%016x-%02x\r\n"


def with_traces(state: Contender, collector: str) -> Contender:
    """The same, with a tenth of its requests recorded."""

    def prepare(port: int, origin: str, folder: Path) -> Launch:
        launched = state.prepare(port, origin, folder)
        file = folder / f"gateway-{port}.toml"
        file.write_text(f"{file.read_text()}\n[traces]\nenabled = true\n")
        traces = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": "0.1",
            # As with a gateway that has enough to do: in full batches. Where it has not, nobody
            # minds what it costs to send a few spans now and then.
            "OTEL_BSP_SCHEDULE_DELAY": "3600000",
        }
        return replace(launched, environment={**launched.environment, **traces})

    return replace(state, name=f"{state.name}, traced", prepare=prepare)


def of_a_client(plain: bytes) -> Iterator[bytes]:
    """The request again and again, a tenth of them in traces that the client records."""
    head, _, body = plain.partition(b"\r\n\r\n")
    traces = (RECORDED % (number + 1, number + 1, number == 0) for number in range(10))
    return cycle([b"%b\r\n%b\r\n%b" % (head, trace, body) for trace in traces])


async def receive_spans(export: Request) -> Response:
    await export.body()
    return Response(media_type="application/x-protobuf")


@contextmanager
def pair(
    off: Contender, on: Contender, origin: str, folder: Path, number: int
) -> Iterator[tuple[Server, Server]]:
    """Both gateways, of which neither is the second one in every pair."""
    with ExitStack() as stack:

        def started(contender: Contender) -> Server:
            return stack.enter_context(running(contender, origin, folder))

        if number % 2:
            traced, plain = started(on), started(off)
        else:
            plain, traced = started(off), started(on)
        plain.wait_until_accepting()
        traced.wait_until_accepting()
        yield plain, traced


async def spend(
    servers: tuple[Server, Server], requests: tuple[Requests, Requests], turn: int
) -> list[float]:
    """CPU of two servers, in milliseconds an answer, that take turns."""
    before = [server.cpu_seconds() for server in servers]
    asked = list(zip(servers, requests, strict=True))
    for _ in range(TURNS):
        for server, of_it in asked:
            await ask(server.port, of_it, connections=CONNECTIONS, most=turn)
        asked.reverse()
    used = [server.cpu_seconds() - began for server, began in zip(servers, before, strict=True)]
    return [1000 * seconds / (TURNS * turn) for seconds in used]


async def compare(
    servers: tuple[Server, Server], plain: bytes, *, is_carried: bool, turn: int
) -> list[float]:
    """What two servers spend, in milliseconds an answer."""
    requests = (of_a_client(plain), of_a_client(plain)) if is_carried else (plain, plain)
    spent = [await spend(servers, requests, turn) for _ in range(1 + ROUNDS)][1:]
    return [fmean(column) for column in zip(*spent, strict=True)]


def report(whose: str, pairs: Sequence[Sequence[float]]) -> float:
    """Print what pairs of servers spent; the ratio of all of it."""
    off, on = (fmean(column) for column in zip(*pairs, strict=True))
    ratios = [on / off for off, on in pairs]
    least, most = min(ratios), max(ratios)
    print(
        f"{whose}: {on / off:.3f} ({least:.3f} to {most:.3f}), {off:.3f} and {on:.3f} ms",
        flush=True,
    )
    return on / off


def main() -> None:
    """Measure, print, and fail where traces cost too much."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the servers end too
    pairs = int(sys.argv[1]) if sys.argv[1:] else PAIRS
    collector = Starlette(routes=[Route("/v1/traces", receive_spans, methods=["POST"])])
    ratios = []
    with ExitStack() as stack:
        stack.enter_context(on_cores(cores()[1]))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = stack.enter_context(fastest(record(), folder))
        origin = stack.enter_context(serve_in_thread(collector)).origin
        # Vendors have names. Who looks names up has threads, which alone makes all memory a little
        # dearer to get; without this only the gateway that sends spans had one.
        vendors = upstream.origin.replace("127.0.0.1", "localhost")
        for state in STATES:
            spent: dict[tuple[Question, str], list[list[float]]] = {}
            for number in range(pairs):
                with pair(state, with_traces(state, origin), vendors, folder, number) as servers:
                    for question, whose in product((Q1, Q2), (OWN, CLIENTS)):
                        comparing = compare(
                            servers,
                            request(question.text),
                            is_carried=whose == CLIENTS,
                            turn=TURN.get(state.name, 50),
                        )
                        spent.setdefault((question, whose), []).append(uvloop.run(comparing))
            for (question, whose), measured in spent.items():
                ratios.append(report(f"{state.name}, {question.name}, {whose}", measured))
    sys.exit(max(ratios) >= MOST_RATIO)


if __name__ == "__main__":
    main()
