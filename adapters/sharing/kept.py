"""What is kept of a provider's answer, and what is told of it."""

from datetime import datetime
from typing import NamedTuple

from msgspec import Struct


class Kept(Struct, array_like=True):
    """The provider's answer as it came: whoever reads it decodes it by its own lights. No body
    stands for a clear answer that there is no such thing."""

    fetched_at: datetime
    body: bytes | None


class Had(NamedTuple):
    """What a process has already: when that was shared, if it was, and its age in seconds."""

    shared_at: str = ""
    age: float = 1e9


class SharedAnswer(NamedTuple):
    """An answer that some process got `age` seconds ago; `at` tells it from its successors."""

    body: bytes | None
    fetched_at: datetime
    age: float
    at: str
