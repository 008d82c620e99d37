"""Arguments that several fields share, and their checks."""

from datetime import date
from typing import Annotated, TypeAlias, TypeVar

import strawberry

from gateway.context import Context
from gateway.errors import ErrorCode, GatewayError

T = TypeVar("T")

Info: TypeAlias = strawberry.Info[Context, None]

LARGEST_PAGE = 100
DEFAULT_PAGE = 20

First = Annotated[
    int | None,
    strawberry.argument(description="How many to return, 1 to 100. Null means the default."),
]
After = Annotated[
    str | None, strawberry.argument(description="The `endCursor` of the page before.")
]
Limit = Annotated[int, strawberry.argument(description="How many entries to return, 1 to 100.")]
ProgramKeys = Annotated[
    list[str] | None,
    strawberry.argument(
        description=(
            "The keys of the programs to ask; all of them when left out. An unknown key is "
            "an error."
        )
    ),
]
FromDay = Annotated[
    date | None,
    strawberry.argument(
        name="from", description="The first day; 30 days before `to` when left out."
    ),
]
ToDay = Annotated[
    date | None,
    strawberry.argument(name="to", description="The last day; today when left out."),
]
TimeZone = Annotated[
    str,
    strawberry.argument(
        description="Where days begin and end, as an IANA name such as `Europe/Amsterdam`."
    ),
]
ReferralCode = Annotated[
    str, strawberry.argument(description="The code as a person would type it.")
]


def given(value: T | None) -> T | None:
    """An argument's value, None when it was left out."""
    return None if value is strawberry.UNSET else value


def page_length(first: int | None) -> int:
    """The number of items to return. Raises GatewayError BAD_USER_INPUT beyond 1 to 100."""
    return _between_1_and_100("first", DEFAULT_PAGE if first is None else first)


def board_length(limit: int) -> int:
    """The number of entries to return. Raises GatewayError BAD_USER_INPUT beyond 1 to 100."""
    return _between_1_and_100("limit", limit)


def _between_1_and_100(name: str, number: int) -> int:
    if 1 <= number <= LARGEST_PAGE:
        return number
    raise GatewayError(
        ErrorCode.BAD_USER_INPUT, f"`{name}` must be between 1 and {LARGEST_PAGE}, not {number}."
    )
