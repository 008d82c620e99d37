"""What was read of a program, for every process that reads it with the same credential."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from secrets import token_hex
from typing import Any

import msgspec

from adapters.limits import SharingLimits
from adapters.sharing.changes import MARK, Changes, unchanged
from adapters.sharing.connection import Connection, NotShared
from adapters.sharing.holding import holding
from adapters.sharing.kept import Had, Kept, SharedAnswer
from adapters.sharing.names import PREFIX, ProgramNames

# An entry is of use under the account's mark alone, and if it is younger than what the process has.
# `at` is the server's clock in microseconds: no process has to trust another's, and no two entries
# have the same.
_ENTRY = (
    MARK
    + """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local mark = mark_of(KEYS[2], ARGV[1], ARGV[2])
local function news(had_at, had_age)
  local entry = redis.call('HMGET', KEYS[1], 'mark', 'at', 'value')
  if entry[1] == mark and entry[2] ~= had_at then
    local age = math.max(0, now - entry[2])
    if age < tonumber(had_age) then return {mark, entry[2], age, entry[3]} end
  end
end
"""
)

_LOOK = _ENTRY + "return news(ARGV[3], ARGV[4]) or {mark}"

# Whoever holds it asks the provider. A hold from before a change counts no more.
_CLAIM = (
    _ENTRY
    + """
local entry = news(ARGV[3], ARGV[4])
if entry then return entry end
local holder = redis.call('GET', KEYS[3])
if holder and string.sub(holder, 1, #mark) == mark then return {mark, 'held'} end
redis.call('SET', KEYS[3], mark .. ARGV[5], 'PX', ARGV[6])
return {mark, 'ours'}
"""
)

_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end\n"

# Nothing that was asked for before a change is kept after it.
_KEEP = (
    _RELEASE
    + """
if redis.call('HGET', KEYS[3], ARGV[2]) ~= ARGV[3] then return '' end
local time = redis.call('TIME')
local at = string.format('%.0f', time[1] * 1000000 + time[2])
redis.call('HSET', KEYS[2], 'mark', ARGV[3], 'at', at, 'value', ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return at
"""
)

_HOLD = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
"""

NOT_SHARED = ""


class Turn:
    """A turn at asking the provider. With an `answer` another process had its turn meanwhile, and
    the provider need not be asked."""

    def __init__(self, answer: SharedAnswer | None = None) -> None:
        self.answer = answer

    async def keep(self, body: bytes | None, fetched_at: datetime) -> str:
        """Give the others what the provider gave. What tells it from its successors; empty when
        it could not be shared."""
        return NOT_SHARED


class _HeldTurn(Turn):
    """A turn that keeps the others off under `claim`."""

    def __init__(self, reads: "SharedReads", name: str, mark: str, claim: str, owner: str) -> None:
        super().__init__()
        self._reads = reads
        self._name = name
        self._mark = mark
        self.claim = claim
        self.hold = mark + owner
        self.is_over = False

    async def keep(self, body: bytes | None, fetched_at: datetime) -> str:
        keys = [self.claim, self._reads.entry(self._name)]
        at = await self._reads.keep(keys, self.hold, self._mark, Kept(fetched_at, body))
        self.is_over = at is not None
        return at or NOT_SHARED


class SharedReads:
    """One program's answers on the server."""

    def __init__(
        self,
        connection: Connection,
        changes: Changes,
        program: ProgramNames,
        limits: SharingLimits,
        *,
        stale: float,
    ) -> None:
        self._connection = connection
        self._changes = changes
        self._program = program
        self._account = program.account
        self._limits = limits
        self._stale = stale
        self._decode = msgspec.msgpack.Decoder(Kept).decode

    async def changed(self) -> None:
        """Something was changed there: no process keeps what it read before."""
        await self._changes.change(self._account)

    async def look(self, target: str, had: Had) -> SharedAnswer | None:
        """What is there, if it is younger than what the process has."""
        if not self._changes.is_told(self._account):
            return None
        name = self._program.target(target)
        try:
            reply = await self._connection.run(
                _LOOK,
                [self.entry(name), self._changes.key],
                self._account,
                unchanged(),
                had.shared_at,
                _us(had.age),
            )
        except NotShared:
            return None
        return self._answer(reply)

    @asynccontextmanager
    async def turn(
        self, target: str, had: Had, *, patience: float, is_idle: bool
    ) -> AsyncIterator[Turn]:
        """Wait for a turn at asking the provider, or for what another process gets meanwhile, for
        at most `patience` seconds: then it is asked all the same. Hurried ones do not wait for
        idle ones."""
        name = self._program.target(target)
        claim = f"{PREFIX}claim:{name}{':idle' if is_idle else ''}"
        owner = token_hex(8)
        try:
            answer, mark = await self._claim(name, claim, owner, had, patience)
        except NotShared:
            yield Turn()
            return
        if answer is not None:
            yield Turn(answer)
            return
        turn = _HeldTurn(self, name, mark, claim, owner)

        async def renew() -> None:
            await self._connection.run(_HOLD, [claim], turn.hold, _ms(self._limits.hold))

        try:
            async with holding(renew, self._limits.hold):
                yield turn
        finally:
            if not turn.is_over:
                with suppress(NotShared):
                    await self._connection.run(_RELEASE, [claim], turn.hold)

    async def _claim(
        self, name: str, claim: str, owner: str, had: Had, patience: float
    ) -> tuple[SharedAnswer | None, str]:
        """Another process's answer, or the mark under which this one asks. Raises NotShared."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self._changes.is_told(self._account):
            reply = await self._connection.run(
                _CLAIM,
                [self.entry(name), self._changes.key, claim],
                self._account,
                unchanged(),
                had.shared_at,
                _us(had.age + loop.time() - began),
                owner,
                _ms(self._limits.hold),
            )
            answer = self._answer(reply)
            if len(reply) > 2 or reply[1] == b"ours" or loop.time() >= began + patience:
                return answer, reply[0].decode()
            await asyncio.sleep(self._limits.look)
        raise NotShared

    async def keep(self, keys: Sequence[str], hold: str, mark: str, kept: Kept) -> str | None:
        """End a turn with an answer, which was asked for under that mark. When that was kept, empty
        if it no longer holds; None when the turn has not ended."""
        value = msgspec.msgpack.encode(kept)
        if len(value) > self._limits.most_bytes:
            return None
        stale = max(1, _ms(self._stale))
        keys = [*keys, self._changes.key]
        try:
            at = await self._connection.run(_KEEP, keys, hold, self._account, mark, value, stale)
        except NotShared:
            return None
        return str(at.decode())

    def entry(self, name: str) -> str:
        """Where an answer is, on the server as it runs now."""
        return f"{PREFIX}entry:{self._connection.incarnation}:{name}"

    def _answer(self, reply: list[Any]) -> SharedAnswer | None:
        """The answer in a script's reply, which begins with the account's mark."""
        self._changes.saw(self._account, reply[0].decode())
        if len(reply) <= 2:
            return None
        _, at, age, value = reply
        try:
            kept = self._decode(value)
        except msgspec.DecodeError:
            return None
        return SharedAnswer(kept.body, kept.fetched_at, age / 1_000_000, at.decode())


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)
