"""Where decoded answers are kept, for all programs of a process."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from adapters.errors import Failure
from adapters.observer import Observer, Unobserved
from adapters.trace import Tracer

if TYPE_CHECKING:  # the client behind it is an extra
    from adapters.sharing.sharing import Sharing

T = TypeVar("T")

# A decoded answer takes about this many times the bytes that it came in (measured by the suite).
MEMORY_PER_BYTE = 4


class Keep(IntEnum):
    """How long a kind of answer is good, in multiples of the configured freshness."""

    NEVER = 0
    USUAL = 1
    RULES = 10  # settings and tiers, which people change by hand, now and then

    def fresh_seconds(self, usual: float) -> float:
        """Seconds for which such an answer is fresh."""
        return usual * self


class KeptAs(NamedTuple):
    """Whose answers: a program's by its key, and a fingerprint of what they depend on, the
    credential above all. No other credential ever gets them."""

    program: str
    fingerprint: bytes


@dataclass
class Entry:
    """A kept answer. `fetched_at` is the wall clock's, the other instants are monotonic;
    `failure` is why it could not be renewed the last time, at `failed_at`. `shared_at` tells it
    from other answers on the server that processes share; empty when it is not there."""

    value: Any
    fetched_at: datetime
    stored_at: float
    size: int
    forced_at: float = float("-inf")
    failed_at: float = float("-inf")
    failure: Failure | None = None
    shared_at: str = ""


class Store:
    """Entries of all programs, bounded in number and in bytes: the least recently used go first.

    A program's entries are dropped together, whatever they were read with. Each program has a
    generation, which a drop raises, so that an answer that was asked for before the drop is not
    kept after it. `sharing` is how the programs share with those of other processes, if they do;
    `observer` is told how their calls go, and `tracer`, if there is one, follows them.

    A store outlasts the connections that use it: see `lasting`.
    """

    def __init__(
        self,
        sharing: "Sharing | None" = None,
        observer: Observer | None = None,
        tracer: Tracer | None = None,
        *,
        most_entries: int = 20_000,
        most_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self.sharing = sharing
        self.observer = observer or Unobserved()
        self.tracer = tracer
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._entries: OrderedDict[tuple[KeptAs, str], Entry] = OrderedDict()
        self._bytes = 0
        self._generations: dict[str, int] = {}
        self._lasting: dict[Hashable, object] = {}
        self._told: list[Callable[[str], None]] = []
        self.drops = 0
        """How often anything was dropped: what is made of several programs' entries lasts no
        longer than this number."""

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes of memory that the entries take, about."""
        return self._bytes

    def lasting(self, name: Hashable, make: Callable[[], T]) -> T:
        """What was made under that name before, or is now: what a program has used up stays used
        up when it is connected anew."""
        if name not in self._lasting:
            self._lasting[name] = make()
        return cast(T, self._lasting[name])

    def watch(self, told: Callable[[str], None]) -> None:
        """Have `told` called with the key of each program that is dropped."""
        self._told.append(told)

    def generation(self, program: str) -> int:
        """Changes with every drop."""
        return self._generations.get(program, 0)

    def get(self, kept_as: KeptAs, target: str) -> Entry | None:
        """An entry, whatever its age."""
        key = kept_as, target
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, kept_as: KeptAs, target: str, entry: Entry, generation: int) -> None:
        """Keep an answer that was asked for at that generation."""
        if generation != self.generation(kept_as.program) or entry.size > self._most_bytes:
            return
        key = (kept_as, target)
        before = self._entries.pop(key, None)
        self._bytes += entry.size - (before.size if before else 0)
        self._entries[key] = entry
        while len(self._entries) > self._most_entries or self._bytes > self._most_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size

    def drop(self, program: str) -> None:
        """Forget what was read of a program: something was changed there."""
        self.drops += 1
        self._generations[program] = self.generation(program) + 1
        self._forget(lambda kept_as: kept_as.program == program)
        for told in self._told:
            told(program)

    def keep_only(self, wanted: Collection[KeptAs]) -> None:
        """Forget what nobody reads any more."""
        self._forget(lambda kept_as: kept_as not in wanted)

    def _forget(self, is_meant: Callable[[KeptAs], bool]) -> None:
        for key in [key for key in self._entries if is_meant(key[0])]:
            self._bytes -= self._entries.pop(key).size
