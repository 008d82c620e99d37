"""Where a value goes in an answer, and what becomes of the answer when it cannot be given."""

from dataclasses import dataclass
from typing import Any

from graphql.pyutils import Path
from msgspec import Struct


@dataclass(frozen=True)
class Position:
    """What is known beforehand of a place: the type whose field it is, None for an item of a
    list, and whether null may stand there."""

    typename: str | None
    is_nullable: bool


class Holder(Struct, gc=False):
    """An object or a list of the answer while something in it is still awaited.

    It stands at `key` of the holder above; the whole answer has none above. `values` is set once
    the object or list is made, and None again when nothing of it goes into the answer any more.
    """

    above: "Holder | None"
    key: str | int
    position: Position
    values: Any = None

    def is_dropped(self) -> bool:
        """Whether this is no part of the answer any more."""
        holder: Holder | None = self
        while holder is not None:
            if holder.values is None:
                return True
            holder = holder.above
        return False


WHOLE = Position(None, is_nullable=True)


def path_of(holder: Holder, key: str | int, position: Position) -> Path:
    """The response path of a place in a holder (specification, section 7.1.2)."""
    above = holder.above
    before = None if above is None else path_of(above, holder.key, holder.position)
    return Path(before, key, position.typename)


def drop(holder: Holder, key: str | int, position: Position) -> Path | None:
    """Put null where a value cannot be given, or as far above as null may stand (section 6.4.4).

    The path of that null; None when the whole answer is null.
    """
    if position.is_nullable:
        holder.values[key] = None
        return path_of(holder, key, position)
    holder.values = None
    if holder.above is None:
        return None
    return drop(holder.above, holder.key, holder.position)
