"""More clients, more workers, and more kinds of operations."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

import uvloop

from benchmarks import ours
from benchmarks.growth.experiment import Growth, Setting, once
from benchmarks.load import ask
from benchmarks.measuring import CONNECTIONS
from benchmarks.processes import Server
from benchmarks.questions import QUESTIONS, Question, request

DISTINCT_ASKS = 12_000


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
    """All on the one core, so that what differs is the work; in turns, once all have started.

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
        figures = {f"{question.name} cold, CPU ms": question for question in QUESTIONS}
        taken: dict[str, dict[str, list[float]]] = {
            name: {figure: [] for figure in figures} for name in cases
        }
        for _ in range(1 + setting.rounds):
            for figure, question in figures.items():
                for name, servers in cases.items():
                    spent = uvloop.run(_spent(servers, question, setting.seconds))
                    taken[name][figure].append(spent)
    rows = [
        (name, {figure: median(spent[1:]) for figure, spent in of_case.items()})
        for name, of_case in taken.items()
    ]
    return Growth("Workers", list(figures), rows)


async def _spent(servers: Sequence[Server], question: Question, seconds: float) -> float:
    """CPU of several servers that are asked at once, in milliseconds an answer."""
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
    return 1000 * used / sum(load.count for load in loads)


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
