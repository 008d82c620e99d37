"""Providers connected to their sandboxes over real HTTP, and what the vendors' pages show."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters import connect
from adapters._sandbox.app import Sandbox
from adapters._sandbox.faults import Fault
from adapters.limits import UpstreamLimits
from adapters.provider import ProgramConfig, Provider
from tests.running import STEADY

RECORDED = Path(__file__).parents[1] / "recorded"


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


def recorded(name: str, kind: str = "json") -> bytes:
    """A recorded payload, such as `piggy/referrals`."""
    return (RECORDED / f"{name}.{kind}").read_bytes()


def replay(sandbox: Sandbox, answer: bytes | str, path: str | None = None) -> None:
    """From now on, answer calls whose path holds `path` with this and status 200."""
    body = answer if isinstance(answer, str) else answer.decode()
    sandbox.faults.add(Fault("wrong_shape", path=path, body=body))


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
