"""Takes samples: one server, one question, for a while."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median, quantiles

import uvloop

from benchmarks.load import ask
from benchmarks.processes import Server

CONNECTIONS = 8


@dataclass(frozen=True)
class Sample:
    """What answers cost: CPU of the server in milliseconds an answer, answers a second, and
    latencies in milliseconds with every connection busy."""

    cpu_ms: float
    per_second: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def median(cls, samples: list["Sample"]) -> "Sample":
        """The median of each figure by itself."""
        return cls(
            median(sample.cpu_ms for sample in samples),
            median(sample.per_second for sample in samples),
            median(sample.p50_ms for sample in samples),
            median(sample.p99_ms for sample in samples),
        )


def sample(
    server: Server,
    requests: bytes | Iterable[bytes],
    *,
    seconds: float,
    connections: int = CONNECTIONS,
    expected: bytes | None = None,
) -> tuple[Sample, int]:
    """What answers cost when asked for as fast as they come, and how many came."""
    before = server.cpu_seconds()
    load = uvloop.run(
        ask(server.port, requests, connections=connections, seconds=seconds, expected=expected)
    )
    used = server.cpu_seconds() - before
    p50, p99 = percentiles(load.latencies)
    return Sample(1000 * used / load.count, load.count / load.seconds, p50, p99), load.count


def percentiles(latencies: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile of seconds, in milliseconds."""
    if len(latencies) < 2:
        return 1000 * latencies[0], 1000 * latencies[0]
    hundredths = quantiles(latencies, n=100, method="inclusive")
    return 1000 * hundredths[49], 1000 * hundredths[98]
