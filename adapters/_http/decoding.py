"""What both vendors' JSON needs beyond a typed struct: PHP's habits, undone."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from adapters.model import ReferralStatus

T = TypeVar("T")

EmptyMap = Annotated[list[Any], Meta(max_length=0)]
"""PHP writes an empty map as `[]` (P8, P9), so wherever a map may be empty this may come."""


def decoder(wire: type[T]) -> Callable[[bytes], T]:
    """A strict decoder of one wire struct; unknown fields are passed over."""
    return msgspec.json.Decoder(wire).decode


def whole_number(value: Any) -> int | None:
    """An integer that may have come as text (FACTS section 5), or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) < 19 and value.removeprefix("-").isdecimal():
        return int(value)
    return None


def text(value: Any) -> str | None:
    """A text that is neither empty nor of another type, or None."""
    return value if isinstance(value, str) and value else None


def amount(value: Decimal | None) -> Decimal | None:
    """A decimal, or None for one that is no number or would take pages to write out."""
    if value is None or not value.is_finite() or abs(value.adjusted()) > 40:
        return None
    return value


def instant(value: str | None) -> datetime | None:
    """An ISO 8601 instant, with or without fractions (FACTS X23); UTC when it names no offset.

    An illegible one is None: a date is never worth failing a page.
    """
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


class Statuses:
    """A vendor's words for referral statuses, both ways. Unknown words become UNKNOWN."""

    def __init__(self, words: dict[str, ReferralStatus], asked: dict[ReferralStatus, str]) -> None:
        self._words = words
        self._asked = asked

    def read(self, word: str) -> ReferralStatus:
        """The status that a vendor's word means."""
        return self._words.get(word, ReferralStatus.UNKNOWN)

    def word(self, status: ReferralStatus) -> str:
        """The word to send to ask for a status."""
        return self._asked[status]

    @property
    def askable(self) -> frozenset[ReferralStatus]:
        """The statuses that can be asked for."""
        return frozenset(self._asked)
