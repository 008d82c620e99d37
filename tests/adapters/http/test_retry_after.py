"""How long a provider asks to wait."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters._http.retry_after import retry_after_seconds

NOW = datetime(2025, 1, 20, 10, 0, 0, 400_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("Mon, 20 Jan 2025 10:00:31 GMT", 31),
        ("Mon, 20 Jan 2025 11:00:31 +0100", 31),
        ("Mon, 20 Jan 2025 10:00:31 -0000", 31),
        ("Mon, 20 Jan 2025 09:00:00 GMT", 0),
    ],
)
def test_seconds_and_dates_are_understood_and_rounded_up(value: str, seconds: int) -> None:
    assert retry_after_seconds(value, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "soon",
        "-5",
        "1.5",
        "²",
        "9" * 10,
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 20 Jan 2025 10:00:31 +99999999999999999999",
    ],
)
def test_what_cannot_be_understood_is_no_wait(value: str | None) -> None:
    assert retry_after_seconds(value, NOW) is None


@settings(derandomize=True, deadline=None)
@given(st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]?\w+"))
def test_no_text_is_an_error(value: str) -> None:
    seconds = retry_after_seconds(value, NOW)
    assert seconds is None or 0 <= seconds < 10**9
