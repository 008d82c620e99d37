"""What a configuration comes to."""

from dataclasses import dataclass, field, replace

from adapters.limits import UpstreamLimits
from adapters.provider import ProgramConfig
from gateway.config.http import HttpConfig
from gateway.config.persisted import PersistedConfig
from gateway.config.tuning import (
    CacheConfig,
    GraphQLConfig,
    LimitsConfig,
    ReportsConfig,
    UpstreamConfig,
)


@dataclass(frozen=True)
class Config:
    """What the gateway runs on. `limits` holds what no key of the file sets, `demand` the table
    `[limits]`; `processes` share each program's allowance."""

    programs: tuple[ProgramConfig, ...]
    cache: CacheConfig = field(default_factory=CacheConfig)
    reports: ReportsConfig = field(default_factory=ReportsConfig)
    upstream: UpstreamConfig = field(default_factory=UpstreamConfig)
    limits: UpstreamLimits = field(default_factory=UpstreamLimits)
    http: HttpConfig = field(default_factory=HttpConfig)
    persisted: PersistedConfig = field(default_factory=PersistedConfig)
    demand: LimitsConfig = field(default_factory=LimitsConfig)
    graphql: GraphQLConfig = field(default_factory=GraphQLConfig)
    processes: int = 1

    def connectable(self) -> list[ProgramConfig]:
        """The programs with the limits that hold for all of them."""
        upstream, cache = self.upstream, self.cache
        limits = replace(
            self.limits,
            wire=upstream.wire,
            connect=upstream.connect_seconds,
            read=upstream.read_seconds,
            exchange=upstream.exchange_seconds,
            in_flight=upstream.in_flight,
            queue=upstream.queue,
            fresh=cache.fresh_seconds,
            stale=cache.stale_seconds,
        )
        return [
            replace(
                program,
                limits=limits,
                calls_per_minute=_share(program.calls_per_minute, self.processes),
            )
            for program in self.programs
        ]


def _share(calls_per_minute: int, processes: int) -> int:
    """One process's part of an allowance, never so small that it becomes none; 0 is no limit."""
    return max(1, calls_per_minute // processes) if calls_per_minute else 0
