"""PHP's habits, undone: numbers as text, empty maps as lists, dates in several forms."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters._http.decoding import (
    EmptyMap,
    Statuses,
    amount,
    instant,
    instants,
    text,
    whole_number,
)
from adapters.model import ReferralStatus


@pytest.mark.parametrize(
    ("value", "number"),
    [(7, 7), ("7", 7), ("-7", -7), (0, 0), ("0", 0), ("007", 7)],
    ids=repr,
)
def test_whole_numbers_may_come_as_text(value: object, number: int) -> None:
    assert whole_number(value) == number


@pytest.mark.parametrize("value", [2**31 - 1, -(2**31 - 1)])
def test_a_number_beyond_32_bits_counts_as_not_told(value: int) -> None:
    assert whole_number(value) == whole_number(str(value)) == value
    beyond = value + (1 if value > 0 else -1)
    assert whole_number(beyond) is None
    assert whole_number(str(beyond)) is None


@pytest.mark.parametrize("value", [None, True, False, "", "x", "1.5", 1.5, "--1", "²"], ids=repr)
def test_all_else_is_no_whole_number(value: object) -> None:
    assert whole_number(value) is None


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_no_text_fails_as_a_whole_number(value: str) -> None:
    assert isinstance(whole_number(value), int | None)


@pytest.mark.parametrize("value", ["", None, 7, False])
def test_text_is_text_and_never_empty(value: object) -> None:
    assert text(value) is None
    assert text("a") == "a"


@pytest.mark.parametrize("value", ["NaN", "sNaN", "-Infinity", "1e400", "1e-400", "0E+999999"])
def test_decimals_that_cannot_be_written_out_are_none(value: str) -> None:
    assert amount(Decimal(value)) is None


def test_decimals_keep_their_spelling() -> None:
    assert amount(None) is None
    assert str(amount(Decimal("450.00"))) == "450.00"


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2025-01-15T10:30:00Z", datetime(2025, 1, 15, 10, 30, tzinfo=UTC)),
        ("2025-01-15T10:30:00.000000Z", datetime(2025, 1, 15, 10, 30, tzinfo=UTC)),
        ("2025-01-15T10:30:00.25Z", datetime(2025, 1, 15, 10, 30, 0, 250_000, tzinfo=UTC)),
        (
            "2025-01-15T10:30:00+01:00",
            datetime(2025, 1, 15, 10, 30, tzinfo=timezone(timedelta(hours=1))),
        ),
        ("2025-01-15 10:30:00", datetime(2025, 1, 15, 10, 30, tzinfo=UTC)),
        ("2025-01-15", datetime(2025, 1, 15, tzinfo=UTC)),
        ("2025-01-15t10:30:00z", datetime(2025, 1, 15, 10, 30, tzinfo=UTC)),
        ("2025-01-15T10:30:00.1234567Z", datetime(2025, 1, 15, 10, 30, 0, 123_457, tzinfo=UTC)),
    ],
)
def test_instants_come_in_several_forms(value: str, moment: datetime) -> None:
    assert instant(value) == moment


@pytest.mark.parametrize("year", ["0001", "1899", "9991", "9999"])
def test_an_instant_at_an_end_of_the_calendar_is_none(year: str) -> None:
    # A time zone would push it over.
    assert instant(f"{year}-12-31T23:59:59Z") is None


@pytest.mark.parametrize("year", [1900, 9990])
def test_an_instant_in_any_sensible_year_is_read(year: int) -> None:
    assert instant(f"{year}-06-01T00:00:00Z") == datetime(year, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "yesterday", "0000-00-00 00:00:00", "2025-13-01"])
def test_an_illegible_instant_is_none(value: str | None) -> None:
    assert instant(value) is None


@settings(derandomize=True, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                None,
                "",
                "yesterday",
                "2025-01-15T10:30:00Z",
                "2025-01-15t10:30:00z",
                "2025-01-15T10:30:00.1234567+01:00",
                "2025-01-15 10:30:00",
                "2025-01-15",
                "1899-12-31T23:59:59Z",
                "1900-01-01T00:00:00+23:59",
                "9990-12-31T23:59:59-23:59",
                "9991-01-01T00:00:00Z",
            ]
        ),
        max_size=5,
    )
)
def test_an_instant_is_read_the_same_alone_and_in_a_column(values: list[str | None]) -> None:
    assert instants(values) == [instant(value) for value in values]


def test_only_an_empty_list_is_an_empty_map() -> None:
    assert msgspec.json.decode(b"[]", type=EmptyMap) == []
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b"[7]", type=EmptyMap)


def test_only_a_status_of_one_word_can_be_asked_for() -> None:
    statuses = Statuses(
        {
            "new": ReferralStatus.PENDING,
            "open": ReferralStatus.PENDING,
            "done": ReferralStatus.COMPLETED,
        }
    )
    assert statuses.known == {ReferralStatus.PENDING, ReferralStatus.COMPLETED}
    assert statuses.askable == {ReferralStatus.COMPLETED}
    assert statuses.word(ReferralStatus.COMPLETED) == "done"
    assert statuses.read(["done", "lost", "open"]) == [
        ReferralStatus.COMPLETED,
        ReferralStatus.UNKNOWN,
        ReferralStatus.PENDING,
    ]
