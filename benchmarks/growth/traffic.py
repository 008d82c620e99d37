"""More clients, more workers, and more kinds of operations."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from statistics import median

import uvloop

from benchmarks import ours
from benchmarks.growth.experiment import Growth, Setting, once
from benchmarks.load import ask
from benchmarks.measuring import CONNECTIONS
from benchmarks.processes import Server, cores
from benchmarks.questions import QUESTIONS, Question, request

DISTINCT_ASKS = 12_000

_NAMES = [question.name for question in QUESTIONS]


def more_clients(
    setting: Setting, counts: Sequence[int], question: Question, state: str, *, fresh: float
) -> Growth:
    """Each asks again as soon as it has an answer."""
    programs = ours.two_programs(setting.upstream.origin)
    rows = []
    with setting.gateway(programs, fresh=fresh) as server:
        for count in counts:
            cost = setting.cost(server, question.text, connections=count)
            figures = {
                "answers/s": cost.per_second,
                "CPU ms": cost.cpu_ms,
                "p50 ms": cost.p50_ms,
                "p99 ms": cost.p99_ms,
            }
            rows.append((f"{count:,}", figures))
    return Growth(f"Concurrent clients ({question.name}, {state})", list(figures), rows)


def more_workers(setting: Setting) -> Growth:
    """All on the one core, so that what differs is the work.

    Processes that share a core also take its caches from each other. What that costs, two gateways
    tell that know nothing of each other.
    """
    programs = ours.two_programs(setting.upstream.origin)
    with ExitStack() as stack:

        def gateway(workers: int) -> Server:
            return stack.enter_context(setting.gateway(programs, workers=workers))

        cases = {
            "1 worker": [gateway(1)],
            "2 gateways, 1 worker each": [gateway(1), gateway(1)],
            "2 workers": [gateway(2)],
        }
        taken = _in_turns(cases, setting)
    figures = {name: {figure: cpu for figure, (cpu, _) in told.items()} for name, told in taken}
    return Growth("Workers on one core (cold, CPU ms)", _NAMES, list(figures.items()))


def more_cores(setting: Setting) -> Growth:
    """A worker for each core, where what asks and what is asked need theirs, too."""
    programs = ours.two_programs(setting.upstream.origin)
    with ExitStack() as stack:
        cases = {
            f"{workers} worker{'s' * (workers > 1)}": [
                stack.enter_context(setting.gateway(programs, workers=workers, on=cores()))
            ]
            for workers in (1, len(set(cores())))
        }
        taken = _in_turns(cases, setting)
    figures = [f"{name}, {what}" for name in _NAMES for what in ("CPU ms", "answers/s")]
    rows = [
        (name, dict(zip(figures, (one for both in told.values() for one in both), strict=True)))
        for name, told in taken
    ]
    return Growth("Workers on all cores (cold)", figures, rows)


def _in_turns(
    cases: Mapping[str, Sequence[Server]], setting: Setting
) -> list[tuple[str, dict[str, tuple[float, float]]]]:
    """Medians of each case by question: CPU in milliseconds an answer, and answers a second. In
    turns, once all have started."""
    spent: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for _ in range(1 + setting.rounds):
        for question in QUESTIONS:
            for name, servers in cases.items():
                one = uvloop.run(_spent(servers, question, setting.seconds))
                spent[name, question.name].append(one)
    return [
        (
            name,
            {
                question: tuple(map(median, zip(*spent[name, question][1:], strict=True)))
                for question in _NAMES
            },
        )
        for name in cases
    ]


async def _spent(
    servers: Sequence[Server], question: Question, seconds: float
) -> tuple[float, float]:
    """CPU of several servers that are asked at once, in milliseconds an answer, and how many they
    give a second."""
    before = sum(server.cpu_seconds() for server in servers)
    loads = await asyncio.gather(
        *(
            ask(
                server.port,
                request(question.text),
                connections=CONNECTIONS // len(servers),
                seconds=seconds,
            )
            for server in servers
        )
    )
    used = sum(server.cpu_seconds() for server in servers) - before
    count = sum(load.count for load in loads)
    return 1000 * used / count, count / seconds


def more_operations(setting: Setting, counts: Sequence[int]) -> Growth:
    """So many different texts in turn; what is kept of them must stay bounded."""
    rows = []
    for count in counts:
        programs = ours.two_programs(setting.upstream.origin)
        texts = [f"{{ programs {{ key name{number}: name }} }}" for number in range(count)]
        requests = [request(text) for text in texts]
        with setting.gateway(programs) as server:
            once(server, texts[0])
            fresh_mb = server.peak_rss_mb()
            before = server.cpu_seconds()
            asked = (requests[number % count] for number in range(DISTINCT_ASKS))
            load = uvloop.run(ask(server.port, asked, connections=8))
            used = server.cpu_seconds() - before
            figures = {
                "answers": load.count,
                "CPU ms": 1000 * used / load.count,
                "peak MB": server.peak_rss_mb(),
                "MB more": server.peak_rss_mb() - fresh_mb,
            }
        rows.append((f"{count:,}", figures))
    return Growth("Distinct operations", list(figures), rows)
