"""Whether what was read of an account still holds, wherever it was changed.

Each account has a mark, which a change replaces. What is kept on the server bears the mark that it
was asked for under, and is worth nothing under another. A new mark is announced, so that every
process forgets what it has in memory at once; whoever missed that sees it by comparing.
"""

from collections.abc import Callable
from secrets import token_hex

from adapters.sharing.connection import Connection, NotShared
from adapters.sharing.names import CHANGES, PREFIX

# The mark of an account, made when there is none: the server may have evicted it, and under no
# mark at all the answers of long ago would hold again.
MARK = """
local function mark_of(marks, account, new)
  local mark = redis.call('HGET', marks, account)
  if not mark then
    mark = new
    redis.call('HSET', marks, account, mark)
  end
  return mark
end
"""

_COMPARE = (
    MARK
    + """
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local marks = {}
for i = 3, #ARGV do marks[i - 2] = mark_of(KEYS[1], ARGV[i], ARGV[1]) end
return marks
"""
)

_CHANGE = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PUBLISH', KEYS[2], ARGV[1] .. ' ' .. ARGV[2])
"""


# The marks of a run of the server that is over go at last; those in use are looked at all the time.
KEPT_MS = 24 * 60 * 60 * 1000

# How marks begin that stand for a change, and those that were made for want of one.
CHANGED = "c"
UNCHANGED = "u"


def unchanged() -> str:
    """A mark for an account that has none."""
    return UNCHANGED + token_hex(8)


class Changes:
    """The marks of the accounts that this process reads, as far as it knows them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._incarnation = ""
        self._marks: dict[str, str] = {}
        self._forget: dict[str, list[Callable[[], None]]] = {}
        self._untold: set[str] = set()

    @property
    def key(self) -> str:
        """Where the marks are, on the server as it runs now."""
        return f"{PREFIX}marks:{self._connection.incarnation}"

    def watch(self, account: str, forget: Callable[[], None]) -> None:
        """Have `forget` called whenever somebody else changed the account."""
        self._forget.setdefault(account, []).append(forget)

    def is_told(self, account: str) -> bool:
        """Whether every change that this process made is known to all: until then it must take
        nothing of that account from the server."""
        return account not in self._untold

    async def change(self, account: str) -> None:
        """This process changed the account, and has forgotten what it kept. Told to the others at
        once, or as soon as the server is there."""
        self._untold.add(account)
        try:
            await self._tell()
        except NotShared:
            return

    async def compare(self) -> None:
        """Find out what was missed, and tell what is untold. Raises NotShared."""
        if self._incarnation != self._connection.incarnation:
            # Another server process: its marks say nothing about those of the one before.
            self._incarnation = self._connection.incarnation
            self._marks.clear()
        await self._tell()
        accounts = list(self._forget)
        marks = await self._connection.run(_COMPARE, [self.key], unchanged(), KEPT_MS, *accounts)
        for account, mark in zip(accounts, marks, strict=True):
            self.saw(account, mark.decode())

    def saw(self, account: str, mark: str) -> None:
        """The mark that an account has on the server."""
        known = self._marks.get(account)
        self._marks[account] = mark
        # One that is not known yet says that there was a change, or that there was none.
        if known != mark and (known is not None or mark.startswith(CHANGED)):
            for forget in self._forget.get(account, ()):
                forget()

    async def subscribe(self) -> None:
        """Hear of changes from now on. Raises NotShared."""
        await self._connection.subscribe(CHANGES)

    async def listen(self) -> None:
        """Heed what is heard, until the connection breaks."""
        async for message in self._connection.heard():
            account, _, mark = message.decode().partition(" ")
            self.saw(account, mark)

    async def _tell(self) -> None:
        for account in list(self._untold):
            mark = CHANGED + token_hex(8)
            # Known before it is heard: what is read from now on need not be forgotten again.
            self._marks[account] = mark
            await self._connection.run(_CHANGE, [self.key, CHANGES], account, mark)
            self._untold.discard(account)
