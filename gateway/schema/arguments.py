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

# Beyond these nothing is a search, an address (RFC 5321) or a code that anybody has.
LONGEST_SEARCH = 200
LONGEST_EMAIL = 320
LONGEST_CODE = 200

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


def search_text(text: str) -> str | None:
    """What to search for, None for blanks alone. Raises GatewayError BAD_USER_INPUT."""
    return _no_longer("search", text, LONGEST_SEARCH).strip() or None


def email_address(text: str) -> str:
    """An address to look for. Raises GatewayError BAD_USER_INPUT for blanks alone."""
    address = _no_longer("email", text, LONGEST_EMAIL).strip()
    if not address:
        raise GatewayError(ErrorCode.BAD_USER_INPUT, "`email` must not be blank.")
    return address


def referral_code(text: str) -> str:
    """A code to check, as it was typed. Raises GatewayError BAD_USER_INPUT."""
    return _no_longer("code", text, LONGEST_CODE)


def _no_longer(name: str, text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    raise GatewayError(
        ErrorCode.BAD_USER_INPUT, f"`{name}` has at most {longest} characters, not {len(text)}."
    )


def _between_1_and_100(name: str, number: int) -> int:
    if 1 <= number <= LARGEST_PAGE:
        return number
    raise GatewayError(
        ErrorCode.BAD_USER_INPUT, f"`{name}` must be between 1 and {LARGEST_PAGE}, not {number}."
    )
