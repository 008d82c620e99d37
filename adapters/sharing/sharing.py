"""Takes part in sharing: joins, shows itself, and joins again after the server was away."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from typing import NamedTuple

from adapters.limits import SharingLimits
from adapters.sharing.allowance import SharedAllowance
from adapters.sharing.answers import SharedAnswers
from adapters.sharing.changes import Changes
from adapters.sharing.connection import Connection, NotShared
from adapters.sharing.names import MEMBERS, ProgramNames
from adapters.sharing.rates import SharedRates
from adapters.sharing.reads import SharedReads

log = logging.getLogger("referral_gateway.sharing")

# Who was heard of within the time, this process included.
_SHOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
"""

_LEAVE = "redis.call('ZREM', KEYS[1], ARGV[1])"


class SharedAccount(NamedTuple):
    """What is shared of one program, whatever it is read with. `parts` is among how many processes
    the allowance is divided: as long as it is shared, among none."""

    allowance: SharedAllowance
    parts: Callable[[], int]


class Sharing:
    """This process's part in it. `processes` is how many there certainly are, this one included:
    those of one machine are known without a server."""

    def __init__(
        self, url: str, *, processes: int = 1, limits: SharingLimits | None = None
    ) -> None:
        self._limits = limits or SharingLimits()
        self._connection = Connection(url, self._limits)
        self._changes = Changes(self._connection)
        self._own_processes = processes
        self._seen = 1
        self._counts_from = 0.0
        self._member = token_hex(8)
        self._keeping_up: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self.answers = SharedAnswers(self._connection, self._limits)
        self.rates = SharedRates(self._connection)

    @property
    def is_up(self) -> bool:
        """Whether anything is being shared just now."""
        return self._connection.is_open

    @property
    def processes(self) -> int:
        """How many processes there are, as far as was last seen."""
        return max(self._seen, self._own_processes)

    def account(
        self, names: ProgramNames, *, window: float, forget: Callable[[], None]
    ) -> SharedAccount:
        """What is shared of a program, which may call so often in `window` seconds. `forget` is
        called when another process changed something there."""
        self._changes.watch(names.account, forget)
        return SharedAccount(
            SharedAllowance(self._connection, names, window),
            parts=lambda: 1 if self.is_up else self.processes,
        )

    def reads(self, names: ProgramNames, *, stale: float) -> SharedReads:
        """What is read of a program with one credential, and of use for `stale` seconds."""
        return SharedReads(self._connection, self._changes, names, self._limits, stale=stale)

    async def start(self) -> None:
        """Join, or go on trying to."""
        with suppress(NotShared):
            await self._join()
        self._keeping_up = asyncio.create_task(self._keep_up())

    async def aclose(self) -> None:
        """Leave."""
        tasks = [task for task in (self._keeping_up, self._listening) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(NotShared):
            await self._connection.run(_LEAVE, [MEMBERS], self._member)
        await self._connection.aclose()

    async def _keep_up(self) -> None:
        while True:
            if self.is_up:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._limits.beat):
                        await self._connection.closed.wait()
            else:
                await asyncio.sleep(self._limits.rejoin)
            with suppress(NotShared):
                await (self._beat() if self.is_up else self._join())

    async def _join(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._connection.open()
        # Before comparing, so that no change falls between the two.
        await self._changes.subscribe()
        self._listening = asyncio.create_task(self._changes.listen())
        self._counts_from = asyncio.get_running_loop().time() + self._limits.gone
        await self._beat()
        log.info("the shared cache is up")

    async def _beat(self) -> None:
        await self._changes.compare()
        gone = round(self._limits.gone * 1000)
        seen = await self._connection.run(_SHOW, [MEMBERS], self._member, gone)
        # The others take their time to come back.
        is_settled = asyncio.get_running_loop().time() >= self._counts_from
        self._seen = seen if is_settled else max(seen, self._seen)
