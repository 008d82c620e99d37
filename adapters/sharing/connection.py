"""The connection to the server: quick, or not there at all."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as LostConnection

from adapters.limits import SharingLimits

T = TypeVar("T")

MOST_CONNECTIONS = 32

log = logging.getLogger("referral_gateway.sharing")


class NotShared(Exception):
    """The server cannot be used just now: go on from memory."""


class Connection:
    """Runs scripts on the server.

    The first failure, whatever the client trips over, or the first answer that takes too long,
    closes it until `open` succeeds: so a server that hangs makes nobody wait twice. `incarnation`
    names the running server process. A server that was started again may have gone back to an older
    state, so that it never passes for the one before.
    """

    def __init__(self, url: str, limits: SharingLimits) -> None:
        self._limits = limits
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=None,
            protocol=2,
            socket_timeout=None,  # each call is bounded as a whole
            socket_connect_timeout=limits.call,
            retry=Retry(NoBackoff(), 0),
            driver_info=None,
            redis_connect_func=self._greet,
        )
        self._client = Redis(connection_pool=pool)
        self._subscription = self._client.pubsub()
        self._scripts: dict[str, AsyncScript] = {}
        self._is_open = False
        self.closed = asyncio.Event()
        self.closed.set()
        self.incarnation = ""

    @property
    def is_open(self) -> bool:
        """Whether the server is being used."""
        return self._is_open

    async def open(self) -> None:
        """Use the server from now on. Raises NotShared."""
        await self._client.connection_pool.disconnect()
        self.incarnation = ""
        try:
            await _within(2 * self._limits.call, self._client.ping())
        except Exception as error:
            self._lose(error)
        self._is_open = True
        self.closed.clear()

    async def run(self, script: str, keys: Sequence[str], *arguments: str | bytes | float) -> Any:
        """What a script gives. Raises NotShared."""
        if not self._is_open:
            raise NotShared
        prepared = self._scripts.get(script)
        if prepared is None:
            prepared = self._scripts[script] = self._client.register_script(script)
        try:
            return await _within(self._limits.call, prepared(keys=keys, args=arguments))
        except Exception as error:
            self._lose(error)

    async def subscribe(self, channel: str) -> None:
        """Hear what is said on a channel from now on, and on no other. Raises NotShared."""
        await self._subscription.aclose()  # type: ignore[no-untyped-call]
        self._subscription = self._client.pubsub(ignore_subscribe_messages=True)
        try:
            await _within(self._limits.call, self._subscription.subscribe(channel))
        except Exception as error:
            self._lose(error)

    async def heard(self) -> AsyncIterator[bytes]:
        """What is said on the channel, until the connection breaks."""
        try:
            async for message in self._subscription.listen():
                yield message["data"]
        except Exception as error:
            with suppress(NotShared):
                self._lose(error)

    def _lose(self, error: Exception) -> NoReturn:
        """The server is not to be used any more. Raises NotShared."""
        if self._is_open:
            # The text of an error may quote the address, which may hold a password.
            log.warning("the shared cache is down: %s", type(error).__name__)
        self._is_open = False
        self.closed.set()
        raise NotShared from None

    async def aclose(self) -> None:
        """Let go of the server."""
        self._is_open = False
        await self._subscription.aclose()  # type: ignore[no-untyped-call]
        await self._client.aclose()
        await self._client.connection_pool.disconnect()

    async def _greet(self, connection: AbstractConnection) -> None:
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        told: bytes = await connection.read_response()
        incarnation = told.partition(b"run_id:")[2].partition(b"\r\n")[0].decode()
        if self.incarnation not in ("", incarnation):
            raise LostConnection("the server was started again")
        self.incarnation = incarnation


async def _within(seconds: float, call: Awaitable[T]) -> T:
    """What a call gives. Raises TimeoutError.

    Where this process was busy itself for much longer than that, it is not the server that took
    its time, and it is given the time once more.
    """
    task = asyncio.ensure_future(call)
    clock = asyncio.get_running_loop().time
    try:
        while not task.done():
            began = clock()
            await asyncio.wait((task,), timeout=seconds)
            if not task.done() and clock() - began < 1.2 * seconds:
                raise TimeoutError
        return task.result()
    finally:
        task.cancel()
