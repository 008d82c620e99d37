"""How much was taken under a key in the last while, by all processes together."""

from adapters.sharing.connection import Connection, NotShared
from adapters.sharing.names import PREFIX, digest

# What was taken comes back evenly over the window (GCRA). By key the instant at which all of it
# will have come back, in milliseconds; after that nothing need be known. A fraction of one is what
# sums of fractions are off by.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost, limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local whole_at = math.max(now, tonumber(redis.call('GET', KEYS[1])) or now) + cost * window / limit
local wait = math.floor(whole_at - now - window)
if wait > 0 then return wait end
redis.call('SET', KEYS[1], whole_at, 'PX', math.ceil(whole_at - now))
return 0
"""


class SharedRates:
    """Counts what was taken on the server, by its clock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, key: str, cost: int, limit: int, window: float) -> float | None:
        """Take `cost` of the `limit` that a key has in `window` seconds: 0 when it was taken,
        else the seconds after which it can be; None when nothing is shared."""
        name = f"{PREFIX}rate:{digest('rate', key)}"
        try:
            wait: int = await self._connection.run(
                _TAKE, [name], min(cost, limit), limit, round(window * 1000)
            )
        except NotShared:
            return None
        return wait / 1000
