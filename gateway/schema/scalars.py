"""The scalars of the schema and the Python types that stand for them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import msgspec
import orjson
import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

JSON = NewType("JSON", object)
CurrencyCode = NewType("CurrencyCode", str)

# Python takes more: days of a week of a year, and numbers with underscores, blanks around them or
# other scripts' digits.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def _parse_date(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # told below, like every other value that is none
    raise GraphQLError("A Date is ISO 8601 text such as 2025-01-31.")


def _parse_datetime(value: object) -> datetime:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass  # told below
        else:
            if moment.tzinfo is not None:
                return moment
    raise GraphQLError("A DateTime is RFC 3339 text with an offset.")


def instant(value: datetime) -> str:
    """An instant as text. Where it is in UTC, orjson writes the same within an answer, and msgspec
    wherever it is."""
    if value.tzinfo is UTC:
        return orjson.dumps(value, option=orjson.OPT_UTC_Z)[1:-1].decode()
    text: str = msgspec.to_builtins(value)  # of other offsets orjson leaves out the seconds
    return text


def _parse_decimal(value: object) -> Decimal:
    # A number that is no integer has been a float already: it may have lost what it was.
    if isinstance(value, str) and len(value) <= 40 and _DECIMAL.fullmatch(value):
        try:
            number = Decimal(value)
        except ArithmeticError:
            pass  # told below
        else:
            if number.is_finite() and abs(number.adjusted()) <= 40:
                return number
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
        return Decimal(value)
    raise GraphQLError('A Decimal is text such as "25.00".')


def _parse_currency(value: object) -> str:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha():
        return value.upper()
    raise GraphQLError("A CurrencyCode is an ISO 4217 code such as USD.")


def _plain(value: Decimal) -> str:
    return f"{value:f}"


def _as_is(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, as RFC 3339 text with an offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=instant,
        parse_value=_parse_datetime,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, as ISO 8601 text such as `2025-01-31`.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description=(
            'An exact decimal number, as text such as `"25.00"`, so that money is never rounded.'
        ),
        serialize=_plain,
        parse_value=_parse_decimal,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value, passed on as the provider sent it.",
        specified_by_url=(
            "https://ecma-international.org/wp-content/uploads/"
            "ECMA-404_2nd_edition_december_2017.pdf"
        ),
        serialize=_as_is,
        parse_value=_as_is,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="An ISO 4217 currency code such as `USD`.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=_as_is,
        parse_value=_parse_currency,
    ),
}
