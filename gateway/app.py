"""The ASGI application: the addresses, and the programs that live as long as it does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from adapters import connect
from gateway.config import Config, load
from gateway.http import pages
from gateway.http.endpoint import GraphQLEndpoint
from gateway.programs import Program, Programs


def create_app(config: Config) -> Starlette:
    """The gateway over the configured programs."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        providers = [connect(program) for program in config.programs]
        app.state.programs = Programs(map(Program.of, providers))
        try:
            yield
        finally:
            await asyncio.gather(*(provider.aclose() for provider in providers))

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", pages.home),
            Route("/graphql", GraphQLEndpoint().respond, methods=["GET", "POST"]),
            Route("/graphiql", pages.graphiql),
            Route("/schema.graphql", pages.schema_text),
            Route("/healthz", pages.healthz),
            Route("/readyz", pages.readyz),
        ],
    )


def create_app_from_environment() -> Starlette:
    """The gateway as each worker process makes it. Raises ConfigError."""
    return create_app(load())
