"""More clients, more workers, and more kinds of operations."""

from collections.abc import Sequence
from contextlib import ExitStack

import uvloop

from benchmarks import ours
from benchmarks.growth.experiment import Growth, Setting, once
from benchmarks.load import ask
from benchmarks.questions import Q1, Question, request

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


def more_workers(setting: Setting, counts: Sequence[int]) -> Growth:
    """All on the one core, so that what differs is the work; in turns, once all have started."""
    programs = ours.two_programs(setting.upstream.origin)
    with ExitStack() as stack:
        servers = {
            f"{count:,}": stack.enter_context(setting.gateway(programs, workers=count))
            for count in counts
        }
        costs = setting.costs(servers, Q1.text)
    rows = [(name, {"Q1 cold, CPU ms": cost.cpu_ms}) for name, cost in costs.items()]
    return Growth("Workers", ["Q1 cold, CPU ms"], rows)


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
