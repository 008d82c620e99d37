"""More programs, and longer answers out of them."""

from collections.abc import Sequence

from benchmarks import ours
from benchmarks.growth.experiment import Growth, Setting, once

SETTINGS = "{ programs { key settings { isEnabled completionRule { trigger } } } }"
MERGED = "{ referrals(first: 100) { nodes { providerId status program { key } } } }"
EVERYTHING = """{ programs { key referrals(first: %d) {
  nodes { providerId status referrer { providerId email } referred { providerId email } }
} } }"""


def configuration(count: int, origin: str) -> str:
    """So many programs, half of them at each provider."""
    return "".join(
        ours.program(f"program-{number}", ("piggy", "pixlpay")[number % 2], origin)
        for number in range(count)
    )


def more_programs(setting: Setting, counts: Sequence[int]) -> Growth:
    """The rules of each are a call a program; a page of the merged list is a few."""
    rows = []
    for count in counts:
        with setting.gateway(configuration(count, setting.upstream.origin)) as server:
            rules = setting.cost(server, SETTINGS, connections=1)
            setting.upstream.requests()
            once(server, MERGED)
            calls = setting.upstream.requests()
            merged = setting.cost(server, MERGED, connections=1)
            figures = {
                "all rules, CPU ms": rules.cpu_ms,
                "a program, CPU ms": rules.cpu_ms / count,
                "100 merged referrals, CPU ms": merged.cpu_ms,
                "its upstream calls": calls,
                "peak MB": server.peak_rss_mb(),
            }
        rows.append((f"{count:,}", figures))
    return Growth("Programs (cold)", list(figures), rows)


def longer_answers(setting: Setting, sizes: Sequence[tuple[int, int]]) -> Growth:
    """So many programs with so many referrals of each, from fresh upstream answers."""
    rows = []
    for count, first in sizes:
        programs = configuration(count, setting.upstream.origin)
        # The largest answers cost more calls than one operation usually may, were they not fresh.
        with setting.gateway(programs, fresh=ours.KEPT_SECONDS, calls=0) as server:
            query = EVERYTHING % first
            size = len(once(server, query).last)
            cost = setting.cost(server, query)
            figures = {
                "kB": size / 1000,
                "CPU ms": cost.cpu_ms,
                "CPU µs a referral": 1000 * cost.cpu_ms / (count * first),
            }
        rows.append((f"{count * first:,}", figures))
    return Growth("Referrals in an answer (upstream fresh)", list(figures), rows)
