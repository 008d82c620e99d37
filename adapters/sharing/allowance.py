"""A program's allowance of calls, for all processes together.

The same pace as one process keeps by itself: in any window at most the limit, up to a quarter of
it at once, the rest spread evenly. The server's clock is the only one.

A server that was flushed or started again, or that evicted it, does not know what was sent. So a
count has a name, which begins with that of the server's run: who comes with the name of another
one empties the bucket.
"""

from secrets import token_hex
from typing import NamedTuple

from adapters.sharing.connection import Connection, NotShared
from adapters.sharing.names import PREFIX, ProgramNames

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
"""

# Much longer than it counts: one that went while nobody called would be begun with an empty bucket.
KEPT_MS = 24 * 60 * 60 * 1000

# Gives: were we let go, tokens and pause by thousandths, calls in the window, the provider's limit,
# the name of the count.
_TAKE = (
    _NOW
    + """
local limit, window, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local run, known, new = ARGV[4], ARGV[5], ARGV[6]
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'limit', 'told', 'paused', 'name')
local name = state[6]
if not name or string.sub(name, 1, #run) ~= run then
  name = new
  redis.call('HSET', KEYS[1], 'name', name)
end
local told = tonumber(state[4]) or 0
if told > 0 and (limit == 0 or told < limit) then limit = told end
local pause = math.max(0, (tonumber(state[5]) or 0) - now)
local oldest = redis.call('LINDEX', KEYS[2], 0)
while oldest and tonumber(oldest) <= now - window do
  redis.call('LPOP', KEYS[2])
  oldest = redis.call('LINDEX', KEYS[2], 0)
end

local function burst_of(limit) return math.max(1, math.floor(limit / 4)) end
local tokens = 1
if limit > 0 then
  local before = tonumber(state[3]) or limit
  local burst = burst_of(before)
  local rate = math.max(before - burst, 0.5) / window
  local since = math.max(0, now - (tonumber(state[2]) or now))
  tokens = math.min(burst, (tonumber(state[1]) or burst) + since * rate, burst_of(limit))
  if known ~= '' and known ~= name then tokens = 0 end
end

local goes = 0
if tokens >= 1 and pause == 0 then
  goes = 1
  redis.call('RPUSH', KEYS[2], now)
  if limit > 0 then tokens = tokens - 1 end
end
if limit > 0 then redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now, 'limit', limit) end
redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(kept, pause)))
redis.call('PEXPIRE', KEYS[2], math.ceil(window))
local calls = redis.call('LLEN', KEYS[2])
return {goes, math.floor(tokens * 1000), math.ceil(pause), calls, told, name}
"""
)

# What is empty is not told. A pause is never cut short by a shorter one.
_TELL = (
    _NOW
    + """
local remaining, told, pause = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'paused')
if remaining then
  local tokens = math.min(tonumber(state[1]) or remaining, remaining)
  redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
end
if told then redis.call('HSET', KEYS[1], 'told', told) end
local paused = math.max(tonumber(state[3]) or 0, now + (pause or 0))
if pause then redis.call('HSET', KEYS[1], 'paused', paused) end
redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(ARGV[4], paused - now)))
"""
)


class Taken(NamedTuple):
    """How a program's allowance stands after somebody asked to go.

    `goes`: the call may go now. `tokens` are calls that may go at once after it, `pause` seconds
    for which none may, `calls` those of the last window, `told_limit` the limit that the provider
    told; None is none.
    """

    goes: bool
    tokens: float
    pause: float
    calls: int
    told_limit: int | None


class SharedAllowance:
    """One program's allowance on the server."""

    def __init__(self, connection: Connection, program: ProgramNames, window: float) -> None:
        self._connection = connection
        self._window = round(window * 1000)
        name = program.account
        self._keys = [f"{PREFIX}allowance:{name}", f"{PREFIX}calls:{name}"]
        self._known = b""

    async def take(self, limit: int | None) -> Taken | None:
        """Take one call out of the allowance, if it may go now; None when nothing is shared."""
        run = self._connection.incarnation
        try:
            reply = await self._connection.run(
                _TAKE,
                self._keys,
                limit or 0,
                self._window,
                KEPT_MS,
                run,
                self._known,
                run + token_hex(8),
            )
        except NotShared:
            return None
        goes, tokens, pause, calls, told, self._known = reply
        return Taken(goes == 1, tokens / 1000, pause / 1000, calls, told or None)

    async def tell(
        self,
        *,
        remaining: int | None = None,
        limit: int | None = None,
        pause: float | None = None,
    ) -> None:
        """What the provider said: so many more calls now, so many in a window, none for so many
        seconds."""
        told = ["" if n is None else n for n in (remaining, limit, pause and round(pause * 1000))]
        try:
            await self._connection.run(_TELL, self._keys[:1], *told, KEPT_MS)
        except NotShared:
            return
