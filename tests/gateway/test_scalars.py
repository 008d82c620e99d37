"""What the scalars of the schema look like in an answer."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.schema.scalars import SCALARS

ZONES = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone) | st.just(UTC)


@settings(derandomize=True, deadline=None)
@given(st.datetimes(timezones=ZONES | st.none()))
def test_an_instant_is_written_as_iso_8601(instant: datetime) -> None:
    write = SCALARS[datetime].serialize
    assert write is not None
    assert write(instant) == instant.isoformat()
