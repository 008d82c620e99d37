"""The ASGI application: the addresses, and the programs that live as long as it does."""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters import connect
from adapters.sharing.names import ProgramNames
from adapters.store import Store
from gateway.config import PROCESSES_VARIABLE, Config, load
from gateway.execution.engine import Engine
from gateway.http import pages, web
from gateway.http.access import Access
from gateway.http.draining import FINISH_BY
from gateway.http.endpoint import GraphQLEndpoint, refusal
from gateway.http.exchange import BadRequest, Exchange
from gateway.http.export_tables import EXPORTS
from gateway.http.exports import PREFIX, Exports, told_as
from gateway.http.finishing import Finishing
from gateway.http.gate import Gate
from gateway.http.idempotency import FirstAnswers
from gateway.http.operations import Operations
from gateway.http.origins import Origins
from gateway.http.own_metrics import OwnMetrics
from gateway.http.persisted import PersistedOperations
from gateway.http.rate_limit import MemoryRates, RateLimit
from gateway.programs import Program, Programs
from gateway.telemetry.log import Log
from gateway.telemetry.metrics import Metrics, is_by_processes
from gateway.telemetry.requests import Requests
from gateway.walks import WalkLimits, Walks

if TYPE_CHECKING:
    from adapters.sharing.sharing import Sharing

GRAPHQL_PATH = "/graphql"


class Application:
    """The gateway over the configured programs, as an ASGI application.

    `/graphql` is answered before any routing, everything else by way of Starlette's. Each request
    there is a line of the `log`.
    """

    def __init__(self, config: Config, log: Log | None = None) -> None:
        self._config = config
        self._log = log
        self._access = Access(config.access, frozenset(p.key for p in config.programs))
        self._graphql: GraphQLEndpoint | None = None
        self._exports: Exports | None = None
        self._own_metrics: OwnMetrics | None = None
        routes = [
            Route("/", pages.home),
            *web.routes(),
            Route("/healthz", pages.healthz),
            Route("/readyz", pages.readyz),
        ]
        if config.metrics is None:
            routes.append(Route("/metrics", pages.metrics))
        if config.graphql.introspection:
            routes.append(Route("/schema.graphql", pages.schema_sdl))
        self.pages = Starlette(
            lifespan=self._lifespan,
            routes=routes,
            exception_handlers={
                HTTPException: pages.refused,
                BadRequest: pages.not_let_in,
                Exception: pages.failed,
            },
        )
        self.pages.state.access = self._access
        self._others = Finishing(self.pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._access.admit(scope)
            except BadRequest as bad:
                await Exchange(scope, receive, send).answer(refusal(bad))
                return
        own_metrics = self._own_metrics
        if own_metrics is not None and scope["type"] == "http" and own_metrics.is_asked(scope):
            await own_metrics(scope, receive, send)
            return
        graphql, exports = self._graphql, self._exports
        if graphql is not None and scope["type"] == "http" and scope["path"] == GRAPHQL_PATH:
            await graphql(scope, receive, send)
        elif exports is not None and scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await exports(scope, receive, send)
        else:
            await self._others(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[dict[str, Any]]:
        config, limits = self._config, self._config.demand
        sharing = _sharing(config)
        persisted = PersistedOperations(config.persisted, web.documents())
        metrics = Metrics((*persisted.names, *map(told_as, EXPORTS)), sharing)
        store = Store(sharing, metrics)
        providers = [connect(program, store) for program in config.connectable()]
        walks = Walks(_walk_limits(config), time.monotonic)
        programs = Programs(map(Program.of, providers))
        app.state.programs = programs
        app.state.sharing = sharing
        app.state.metrics = metrics
        metrics.watch(programs)
        if config.metrics is not None:
            self._own_metrics = OwnMetrics(config.metrics, metrics)
        telling = asyncio.create_task(metrics.keep_up()) if is_by_processes() else None
        if sharing is not None:
            for program in config.programs:
                forget = partial(walks.drop, program.key)
                sharing.watch(ProgramNames(program.key, program.base_url), forget)
            await sharing.start()
        operations = Operations(
            Engine(limits, config.graphql, walk_pages=config.reports.walk_pages),
            Gate(limits.concurrency, limits.queue),
            programs,
            walks,
            FirstAnswers(time.monotonic, sharing.answers if sharing is not None else None),
            metrics,
            response_seconds=config.cache.response_seconds,
            drops=lambda: store.drops,
        )
        origins = Origins(config.http.origins)
        rate_limit = RateLimit(
            config.requests_per_minute,
            MemoryRates(time.monotonic),
            sharing.rates if sharing is not None else None,
        )
        requests = Requests(metrics, self._log.write if self._log is not None else None)
        self._graphql = GraphQLEndpoint(
            self._access,
            operations,
            persisted,
            origins,
            rate_limit,
            requests,
            operation_seconds=config.upstream.operation_seconds,
            batch=config.http.batch,
            body_bytes=limits.body_bytes,
        )
        self._exports = Exports(
            self._access,
            origins,
            rate_limit,
            operations,
            requests,
            operation_seconds=config.upstream.operation_seconds,
        )

        def finish_by(instant: float) -> None:
            for provider in providers:
                provider.finish_by(instant)

        try:
            yield {FINISH_BY: finish_by}
        finally:
            if telling is not None:
                telling.cancel()
            await walks.aclose()
            await self._access.aclose()
            await asyncio.gather(*(provider.aclose() for provider in providers))
            if sharing is not None:
                await sharing.aclose()


def _sharing(config: Config) -> "Sharing | None":
    """What joins this process with the others, where they are to share."""
    if config.redis_url is None:
        return None
    from adapters.sharing.sharing import Sharing  # the client behind it is an extra

    return Sharing(config.redis_url, processes=config.processes, limits=config.sharing)


def _walk_limits(config: Config) -> WalkLimits:
    reports = config.reports
    return WalkLimits(
        pages=reports.walk_pages,
        pages_total=reports.walk_pages_total,
        # Without a cache nothing is kept, walks included.
        fresh=reports.fresh_seconds if config.cache.fresh_seconds else 0,
    )


def application_for_process(config: Config) -> Application:
    """The gateway as all that its process is for; it logs to the standard error."""
    log = Log()
    log.take_over()
    application = Application(config, log)
    # Modules and schema last as long as the process: going through them takes milliseconds at
    # each full collection, in the middle of somebody's request.
    gc.collect()
    gc.freeze()
    return application


def application_from_environment() -> Application:
    """The gateway as each worker process makes it. Raises ConfigError."""
    processes = int(os.environ.get(PROCESSES_VARIABLE, "1"))
    return application_for_process(replace(load(), processes=processes))
