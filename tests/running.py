"""A gateway for tests, asked over real HTTP."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from adapters._sandbox import serving
from adapters.contract.connecting import STEADY
from adapters.limits import UpstreamLimits
from adapters.provider import ProgramConfig
from gateway.app import Application
from gateway.config import (
    AccessConfig,
    CacheConfig,
    Config,
    GraphQLConfig,
    HttpConfig,
    LimitsConfig,
    PersistedConfig,
    ReportsConfig,
    TracesConfig,
    UpstreamConfig,
)
from gateway.http.repeating import RepeatingProtocol
from gateway.telemetry.log import Log

# Never used, as everything here is plain HTTP: httpx would read all certificates for each client.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


# Most tests count calls, or make a provider fail after it was asked.
NO_CACHE = CacheConfig(fresh_seconds=0, response_seconds=0)

# A machine that stands still for seconds decides no test: those of deadlines bring their own.
PATIENT = UpstreamConfig(
    connect_seconds=60, read_seconds=60, exchange_seconds=60, operation_seconds=60
)


@dataclass(frozen=True)
class Answer:
    """A GraphQL answer: `errors` is empty when the answer has none."""

    data: Any
    errors: list[dict[str, Any]]
    http: httpx.Response


class Gateway:
    """A running gateway. `http` asks any of its addresses."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.http = httpx.Client(base_url=origin, verify=NO_TLS, trust_env=False, timeout=90)

    def ask(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Post an operation."""
        body = {"query": query, "variables": variables}
        response = self.http.post("/graphql", json=body, headers=headers)
        content = response.json()
        return Answer(content.get("data"), content.get("errors", []), response)

    def data(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an operation that must not have errors."""
        answer = self.ask(query, variables)
        assert not answer.errors, answer.errors
        return answer.data


def program(
    key: str, provider: str, origin: str, token: str, *, currency: str | None = None
) -> ProgramConfig:
    """A program without a limit of its own."""
    return ProgramConfig(
        key=key,
        name=key.replace("-", " ").title(),
        provider=provider,
        base_url=origin,
        token=token,
        currency=currency,
    )


class RunningGateway(Gateway):
    """A gateway whose configuration can be changed."""

    def __init__(self, origin: str, server: "_Server", application: Application) -> None:
        super().__init__(origin)
        self._server = server
        self._application = application

    def reload(self, read: Callable[[], Config]) -> None:
        """Have it read another configuration; what is read may be wrong."""
        reloading = self._application.reload(read)
        asyncio.run_coroutine_threadsafe(reloading, self._server.loop.result()).result(60)


@contextmanager
def running_gateway(
    *programs: ProgramConfig,
    cache: CacheConfig | None = None,
    upstream: UpstreamConfig | None = None,
    reports: ReportsConfig | None = None,
    limits: UpstreamLimits = STEADY,
    http: HttpConfig | None = None,
    persisted: PersistedConfig | None = None,
    demand: LimitsConfig | None = None,
    graphql: GraphQLConfig | None = None,
    redis_url: str | None = None,
    access: AccessConfig | None = None,
    log: Log | None = None,
    traces: bool = False,
) -> Iterator[RunningGateway]:
    """A gateway in a thread of its own until the block ends; its requests go into the `log`, and
    with `traces` to the collector that the environment names."""
    config = Config(
        programs,
        cache or NO_CACHE,
        reports or ReportsConfig(),
        upstream or PATIENT,
        limits,
        http or HttpConfig(),
        persisted or PersistedConfig(),
        demand or LimitsConfig(),
        graphql or GraphQLConfig(),
        access or AccessConfig(),
        traces=TracesConfig(traces),
        redis_url=redis_url,
    )
    with running_with(config, log) as gateway:
        yield gateway


@contextmanager
def running_with(
    config: Config,
    log: Log | None = None,
    *,
    protocol: type[asyncio.Protocol] = RepeatingProtocol,
) -> Iterator[RunningGateway]:
    """A gateway in a thread of its own until the block ends, under a whole configuration. With
    another `protocol` it is on somebody else's server."""
    application = Application(config, log)
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = _Server(
        uvicorn.Config(
            application,
            http=protocol,
            log_config=None,
            access_log=False,
            ws="none",
            lifespan="on",
        )
    )
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    gateway = RunningGateway(origin, server, application)
    thread = threading.Thread(target=server.run_reporting, args=(listener,), daemon=True)
    thread.start()
    try:
        server.loop.result(60)
        yield gateway
    finally:
        gateway.http.close()
        server.leave()
        thread.join(60)
        assert not thread.is_alive(), "the gateway did not stop"


class _Server(serving._Server):
    """Stops at once as a sandbox does, but with the application's own clean-up: what is still
    being answered is cancelled, so that nothing waits for a provider that hangs."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert self.started, "the gateway did not start"

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in self.server_state.tasks:
            task.cancel()
        await super().shutdown(sockets)
        await self.lifespan.shutdown()
