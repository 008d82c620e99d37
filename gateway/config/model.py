"""What a configuration comes to."""

from dataclasses import dataclass, field, replace

from adapters.limits import SharingLimits, UpstreamLimits
from adapters.provider import ProgramConfig
from gateway.config.access import AccessConfig
from gateway.config.http import HttpConfig
from gateway.config.metrics import MetricsAddress
from gateway.config.persisted import PersistedConfig
from gateway.config.traces import TracesConfig
from gateway.config.tuning import (
    CacheConfig,
    GraphQLConfig,
    LimitsConfig,
    ReportsConfig,
    UpstreamConfig,
)

REQUESTS_PER_MINUTE = 600
"""Of each caller, where nothing else is configured."""


@dataclass(frozen=True)
class Config:
    """What the gateway runs on. `limits` and `sharing` hold what no key of the file sets, `demand`
    the table `[limits]`, `metrics` their own address; `processes` of this machine divide each
    program's allowance, or share it through the server at `redis_url`, which may hold a
    password."""

    programs: tuple[ProgramConfig, ...]
    cache: CacheConfig = field(default_factory=CacheConfig)
    reports: ReportsConfig = field(default_factory=ReportsConfig)
    upstream: UpstreamConfig = field(default_factory=UpstreamConfig)
    limits: UpstreamLimits = field(default_factory=UpstreamLimits)
    http: HttpConfig = field(default_factory=HttpConfig)
    persisted: PersistedConfig = field(default_factory=PersistedConfig)
    demand: LimitsConfig = field(default_factory=LimitsConfig)
    graphql: GraphQLConfig = field(default_factory=GraphQLConfig)
    access: AccessConfig = field(default_factory=AccessConfig)
    metrics: MetricsAddress | None = None
    traces: TracesConfig = field(default_factory=TracesConfig)
    processes: int = 1
    redis_url: str | None = field(default=None, repr=False)
    sharing: SharingLimits = field(default_factory=SharingLimits)

    @property
    def requests_per_minute(self) -> int:
        """Of each caller; 0 is no limit, as an open gateway has none unless it is set: all who ask
        it are one address."""
        if self.demand.requests_per_minute is not None:
            return self.demand.requests_per_minute
        return 0 if self.access.is_open else REQUESTS_PER_MINUTE

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
            processes=self.processes,
        )
        return [replace(program, limits=limits) for program in self.programs]
