"""The first answers under idempotency keys, whichever process gave them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex

from adapters.limits import SharingLimits
from adapters.sharing.connection import Connection, NotShared
from adapters.sharing.firsts import BrokenOff, First, OtherQuestion, StillRunning
from adapters.sharing.holding import holding
from adapters.sharing.names import PREFIX, digest

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
"""

_BEGIN = (
    _NOW
    + """
local kept = redis.call('HMGET', KEYS[1], 'question', 'answer', 'held')
if not kept[1] then
  redis.call('HSET', KEYS[1], 'question', ARGV[1], 'owner', ARGV[2], 'held', now + ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return {'ours'}
end
if kept[1] ~= ARGV[1] then return {'other'} end
if kept[2] then return {'answered', kept[2]} end
if tonumber(kept[3]) < now then return {'broken off'} end
return {'held'}
"""
)

_OWNED = "if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return end\n"

_HOLD = _NOW + _OWNED + "redis.call('HSET', KEYS[1], 'held', now + ARGV[2])"

_KEEP = _OWNED + "redis.call('HSET', KEYS[1], 'answer', ARGV[2])"

_FORGET = _OWNED + "redis.call('DEL', KEYS[1])"


class _SharedFirst(First):
    def __init__(self, connection: Connection, name: str, owner: str) -> None:
        super().__init__()
        self._connection = connection
        self._name = name
        self._owner = owner

    async def keep(self, answer: bytes) -> None:
        await self._finish(_KEEP, answer)

    async def forget(self) -> None:
        await self._finish(_FORGET)

    async def _finish(self, script: str, *arguments: bytes) -> None:
        try:
            await self._connection.run(script, [self._name], self._owner, *arguments)
        except NotShared:
            return


class SharedAnswers:
    """First answers by caller and key. They outlive the server's process where it is set up so."""

    def __init__(self, connection: Connection, limits: SharingLimits) -> None:
        self._connection = connection
        self._limits = limits

    @asynccontextmanager
    async def first(
        self, caller: str, key: str, question: bytes, *, seconds: float, deadline: float | None
    ) -> AsyncIterator[First]:
        """Be the first with that key, or wait for the first answer until the deadline, an instant
        of the running loop's clock. It is kept for so many seconds, together with the question.

        Raises OtherQuestion, StillRunning and BrokenOff.
        """
        name = f"{PREFIX}answer:{digest('answer', caller, key)}"
        owner = token_hex(8)
        try:
            answer = await self._begin(name, owner, question, seconds, deadline)
        except NotShared:
            yield First()
            return
        if answer is not None:
            yield First(answer)
            return

        async def renew() -> None:
            hold = self._limits.gone * 1000
            await self._connection.run(_HOLD, [name], owner, hold)

        async with holding(renew, self._limits.gone):
            yield _SharedFirst(self._connection, name, owner)

    async def _begin(
        self, name: str, owner: str, question: bytes, seconds: float, deadline: float | None
    ) -> bytes | None:
        """The first answer; None for whoever is first. Raises NotShared too."""
        loop = asyncio.get_running_loop()
        while True:
            status, *answer = await self._connection.run(
                _BEGIN, [name], question, owner, self._limits.gone * 1000, round(seconds * 1000)
            )
            if status == b"ours":
                return None
            if status == b"answered":
                return bytes(answer[0])
            if status == b"other":
                raise OtherQuestion
            if status == b"broken off":
                raise BrokenOff
            if deadline is not None and loop.time() >= deadline:
                raise StillRunning
            await asyncio.sleep(self._limits.look)
