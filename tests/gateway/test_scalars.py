"""What the scalars of the schema look like in an answer."""

from datetime import UTC, datetime, timedelta, timezone

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
