"""What the scalars of the schema look like in an answer, and how they are taken."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from graphql import GraphQLError
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.schema.scalars import SCALARS

# RFC 3339 knows offsets of whole minutes.
MINUTES = st.integers(-23 * 60, 23 * 60)
ZONES = MINUTES.map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.just(UTC)


@settings(derandomize=True, deadline=None)
@given(st.datetimes(timezones=ZONES | st.none()))
def test_an_instant_is_written_as_rfc_3339_says(instant: datetime) -> None:
    write = SCALARS[datetime].serialize
    assert write is not None
    assert write(instant) == instant.isoformat().replace("+00:00", "Z")


def read(kind: type, text: str) -> object:
    parse = SCALARS[kind].parse_value
    assert parse is not None
    return parse(text)


@pytest.mark.parametrize("text", ["25.00", "-3", "+0.5", ".5", "5.", "1e3", "1.5E-2"])
def test_a_decimal_is_taken_as_a_number_is_written(text: str) -> None:
    assert read(Decimal, text) == Decimal(text)


@pytest.mark.parametrize(
    "text", ["1_000", " 10", "10\n", "1\uff10", "\u0661", "", ".", "NaN", "1,5"]
)
def test_no_other_text_is_a_decimal(text: str) -> None:
    with pytest.raises(GraphQLError):
        read(Decimal, text)


def test_a_date_is_a_day_of_a_month_alone() -> None:
    assert read(date, "2025-01-31") == date(2025, 1, 31)
    for text in ("2025-W05-1", "2025-02-30", "20250131", "2025-01-3\u0661", "2025-01-31\n"):
        with pytest.raises(GraphQLError):
            read(date, text)
