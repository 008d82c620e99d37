"""What both vendors' JSON needs beyond a typed struct: PHP's habits, undone."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from adapters.model import ReferralStatus

T = TypeVar("T")

EmptyMap = Annotated[list[Any], Meta(max_length=0)]
"""PHP writes an empty map as `[]` (P8, P9), so wherever a map may be empty this may come."""

_Instant = Annotated[datetime, Meta(tz=True)]


class _Column(Struct):
    # msgspec works out what a list's type means each time, and what a struct means once.
    instants: list[_Instant | None]


LARGEST_NUMBER = 2**31 - 1

# Far from the ends of the calendar, where no time zone can push a day over them.
FIRST_YEAR, LAST_YEAR = 1900, 9990


def decoder(wire: type[T]) -> Callable[[bytes], T]:
    """A strict decoder of one wire struct; unknown fields are passed over."""
    return msgspec.json.Decoder(wire).decode


def whole_number(value: Any) -> int | None:
    """An integer that may have come as text (FACTS section 5), or None.

    One beyond 32 bits counts as not told: GraphQL's Int holds no more, and no count is so large.
    """
    if isinstance(value, str) and len(value) < 19 and value.removeprefix("-").isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -LARGEST_NUMBER <= value <= LARGEST_NUMBER else None


def text(value: Any) -> str | None:
    """A text that is neither empty nor of another type, or None."""
    return value if isinstance(value, str) and value else None


def amount(value: Decimal | None) -> Decimal | None:
    """A decimal, or None for one that is no number or would take pages to write out."""
    if value is None or not value.is_finite() or abs(value.adjusted()) > 40:
        return None
    return value


def instant(value: str | None) -> datetime | None:
    """An ISO 8601 instant, to the microsecond (FACTS X23); UTC when it names no offset.

    An illegible or senseless one is None: a date is never worth failing a page.
    """
    if not value:
        return None
    try:
        moment = msgspec.convert(value, _Instant)
    except msgspec.ValidationError:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def instants(values: list[str | None]) -> list[datetime | None]:
    """A column of instants, in their order: read at once where each is as RFC 3339 wants it."""
    told = [value for value in values if value]
    if told and str(FIRST_YEAR) <= min(told) and max(told) < str(LAST_YEAR + 1):
        try:
            return msgspec.convert({"instants": values}, _Column).instants
        except msgspec.ValidationError:
            pass  # some are in another form
    return [instant(value) for value in values]


class Statuses:
    """A vendor's words for referral statuses, both ways. Unknown words become UNKNOWN.

    A vendor takes one word at a time, so that a status of several words cannot be asked for: any
    one of them would lose the others' referrals.
    """

    def __init__(self, words: dict[str, ReferralStatus]) -> None:
        self._words = words
        meanings = Counter(words.values())
        self._asked = {status: word for word, status in words.items() if meanings[status] == 1}

    def read(self, words: Iterable[str]) -> list[ReferralStatus]:
        """The statuses that a vendor's words mean, in their order."""
        meaning, unknown = self._words.get, ReferralStatus.UNKNOWN
        return [meaning(word, unknown) for word in words]

    def word(self, status: ReferralStatus) -> str:
        """The word to send to ask for a status."""
        return self._asked[status]

    @property
    def known(self) -> frozenset[ReferralStatus]:
        """Every status that has a word."""
        return frozenset(self._words.values())

    @property
    def askable(self) -> frozenset[ReferralStatus]:
        """The statuses that can be asked for."""
        return frozenset(self._asked)
