"""What answers requests under one configuration."""

import asyncio
from collections.abc import Callable, Collection

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from adapters import connect
from adapters.provider import Provider
from gateway.config import Config
from gateway.execution.engine import Engine
from gateway.http import pages, web
from gateway.http.access import Access
from gateway.http.endpoint import GRAPHQL_PATH, GraphQLEndpoint, refusal
from gateway.http.exchange import BadRequest, Exchange
from gateway.http.export_tables import EXPORTS
from gateway.http.exports import PREFIX, Exports, told_as
from gateway.http.finishing import Finishing
from gateway.http.gate import Gate
from gateway.http.operations import Operations
from gateway.http.origins import Origins
from gateway.http.own_metrics import OwnMetrics
from gateway.http.persisted import PersistedOperations
from gateway.http.rate_limit import RateLimit
from gateway.http.under_way import UnderWay
from gateway.lasting import Lasting
from gateway.programs import Program, Programs
from gateway.walks import WalkLimits


class Service:
    """The gateway under one configuration, as an ASGI application for HTTP. It has from the one
    `before` it whatever the configuration leaves as it was: connections, compiled queries, an
    issuer's keys.

    `/graphql` is answered before any routing, everything else by way of Starlette's.
    """

    def __init__(self, config: Config, lasting: Lasting, before: "Service | None" = None) -> None:
        self.config = config
        self.providers = _connected(config, lasting, before)
        self.access: Access = Access(
            config.access,
            frozenset(program.key for program in config.programs),
            before.access if before is not None else None,
        )
        self._engine = _engine(config, before)
        self._gate = _gate(config, before)
        programs = Programs(map(Program.of, self.providers))
        persisted = PersistedOperations(config.persisted, lasting.registered, web.documents())
        shared = lasting.sharing
        operations = Operations(
            self._engine,
            self._gate,
            programs,
            lasting.walks,
            lasting.first_answers,
            lasting.metrics,
            response_seconds=config.cache.response_seconds,
            drops=lambda: lasting.store.drops,
        )
        origins = Origins(config.http.origins)
        rate_limit = RateLimit(
            config.requests_per_minute,
            lasting.rates,
            shared.rates if shared is not None else None,
        )
        self._under_way = UnderWay()
        self._graphql = GraphQLEndpoint(
            self.access,
            operations,
            persisted,
            origins,
            rate_limit,
            lasting.requests,
            self._under_way,
            operation_seconds=config.upstream.operation_seconds,
            batch=config.http.batch,
            body_bytes=config.demand.body_bytes,
        )
        self.repeats = self._graphql.repeats
        self._exports = Exports(
            self.access,
            origins,
            rate_limit,
            operations,
            lasting.requests,
            operation_seconds=config.upstream.operation_seconds,
        )
        others = Starlette(
            routes=routes(config),
            exception_handlers={
                HTTPException: pages.refused,
                BadRequest: pages.not_let_in,
                Exception: pages.failed,
            },
        )
        others.state.access = self.access
        others.state.programs = programs
        others.state.sharing = shared
        others.state.metrics = lasting.metrics
        self._others = Finishing(others)
        self._own_metrics = (
            None if config.metrics is None else OwnMetrics(config.metrics, lasting.metrics)
        )
        lasting.walks.change(_walk_limits(config))
        lasting.metrics.watch(programs, (*persisted.names, *map(told_as, EXPORTS)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._under_way.enter()
        try:
            await self._answer(scope, receive, send)
        finally:
            self._under_way.leave()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self.access.admit(scope)
        except BadRequest as bad:
            await Exchange(scope, receive, send).answer(refusal(bad))
            return
        if self._own_metrics is not None and self._own_metrics.is_asked(scope):
            await self._own_metrics(scope, receive, send)
        elif scope["path"] == GRAPHQL_PATH:
            await self._graphql(scope, receive, send)
        elif scope["path"].startswith(PREFIX):
            await self._exports(scope, receive, send)
        else:
            await self._others(scope, receive, send)

    def when_finished(self, then: Callable[[], None]) -> None:
        """Have `then` called when nothing is under way, now that nothing more comes."""
        self._under_way.when_none(then)

    def finish_by(self, instant: float) -> None:
        """See `Provider.finish_by`."""
        for provider in self.providers:
            provider.finish_by(instant)


def routes(config: Config) -> list[BaseRoute]:
    """All addresses but those of operations and exports."""
    found = [
        Route("/", pages.home),
        *web.routes(),
        Route("/healthz", pages.healthz),
        Route("/readyz", pages.readyz),
    ]
    if config.metrics is None:
        found.append(Route("/metrics", pages.metrics))
    if config.graphql.introspection:
        found.append(Route("/schema.graphql", pages.schema_sdl))
    return found


async def close(service: Service, lasting: Lasting, others: Collection[Service]) -> None:
    """Let go of what a service has to itself, once it has finished."""
    in_use = {provider for other in others for provider in other.providers}
    unused = [provider for provider in service.providers if provider not in in_use]
    await lasting.walks.stop(unused)
    await asyncio.gather(*(provider.aclose() for provider in unused))
    lasting.store.keep_only({provider.config.kept_as for provider in in_use})
    if all(other.access.issuer is not service.access.issuer for other in others):
        await service.access.aclose()


def _connected(config: Config, lasting: Lasting, before: Service | None) -> list[Provider]:
    known = {} if before is None else {p.config.key: p for p in before.providers}
    providers: list[Provider] = []
    for program in config.connectable():
        provider = known.get(program.key)
        if provider is None or provider.config != program:
            provider = connect(program, lasting.store)
        providers.append(provider)
    return providers


def _engine(config: Config, before: Service | None) -> Engine:
    def rules(of: Config) -> tuple[object, ...]:
        return of.demand, of.graphql, of.reports.walk_pages

    if before is not None and rules(before.config) == rules(config):
        return before._engine
    return Engine(config.demand, config.graphql, walk_pages=config.reports.walk_pages)


def _gate(config: Config, before: Service | None) -> Gate:
    def places(of: Config) -> tuple[int, int]:
        return of.demand.concurrency, of.demand.queue

    if before is not None and places(before.config) == places(config):
        return before._gate
    return Gate(*places(config))


def _walk_limits(config: Config) -> WalkLimits:
    reports = config.reports
    return WalkLimits(
        pages=reports.walk_pages,
        pages_total=reports.walk_pages_total,
        # Without a cache nothing is kept, walks included.
        fresh=reports.fresh_seconds if config.cache.fresh_seconds else 0,
    )
