"""The ASGI application: the addresses, and the programs that live as long as it does."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.routing import Route

from adapters import connect
from adapters.store import Store
from gateway.config import PROCESSES_VARIABLE, Config, load
from gateway.http import pages
from gateway.http.endpoint import GraphQLEndpoint
from gateway.programs import Program, Programs
from gateway.walks import WalkLimits, Walks


def create_app(config: Config) -> Starlette:
    """The gateway over the configured programs."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        store = Store()
        providers = [connect(program, store) for program in config.connectable()]
        walks = Walks(_walk_limits(config), time.monotonic)
        app.state.programs = Programs(map(Program.of, providers))
        app.state.walks = walks
        try:
            yield
        finally:
            await walks.aclose()
            await asyncio.gather(*(provider.aclose() for provider in providers))

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", pages.home),
            Route(
                "/graphql",
                GraphQLEndpoint(config.upstream.operation_seconds).respond,
                methods=["GET", "POST"],
            ),
            Route("/graphiql", pages.graphiql),
            Route("/schema.graphql", pages.schema_sdl),
            Route("/healthz", pages.healthz),
            Route("/readyz", pages.readyz),
        ],
    )


def _walk_limits(config: Config) -> WalkLimits:
    reports = config.reports
    return WalkLimits(
        pages=reports.walk_pages,
        pages_total=reports.walk_pages_total,
        # Without a cache nothing is kept, walks included.
        fresh=reports.fresh_seconds if config.cache.fresh_seconds else 0,
    )


def create_app_from_environment() -> Starlette:
    """The gateway as each worker process makes it. Raises ConfigError."""
    processes = int(os.environ.get(PROCESSES_VARIABLE, "1"))
    return create_app(replace(load(), processes=processes))
