"""Providers connected to their sandboxes over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters import connect
from adapters.limits import CircuitLimits, RetryLimits, UpstreamLimits
from adapters.provider import ProgramConfig, Provider

# Nothing is tried again and no circuit opens, so that a fault made is the fault told.
# A machine that stands still for seconds decides no test: those of deadlines bring their own.
STEADY = UpstreamLimits(
    connect=60,
    read=60,
    exchange=60,
    circuit=CircuitLimits(in_a_row=10**9, calls=10**9),
    retry=RetryLimits(attempts=1),
)


@asynccontextmanager
async def connected(
    config: ProgramConfig, limits: UpstreamLimits = STEADY
) -> AsyncIterator[Provider]:
    """A provider until the block ends. Usually a read is one call, whatever comes of it."""
    provider = connect(replace(config, limits=limits))
    try:
        yield provider
    finally:
        await provider.aclose()


class Overheard:
    """A vendor with the headers of its requests written down; sets a cookie where one is given."""

    def __init__(self, vendor: ASGIApp, cookie: str | None = None) -> None:
        self.headers: list[dict[str, str]] = []
        self._vendor = vendor
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})

        async def with_cookie(message: Message) -> None:
            if self._cookie and message["type"] == "http.response.start":
                message["headers"].append((b"set-cookie", self._cookie.encode()))
            await send(message)

        await self._vendor(scope, receive, with_cookie)
