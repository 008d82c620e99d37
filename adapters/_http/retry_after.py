"""The `Retry-After` header (RFC 9110 section 10.2.3): seconds, or a date."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil


def retry_after_seconds(value: str | None, now: datetime) -> int | None:
    """How long a provider asks to wait, in whole seconds; None when it does not say legibly."""
    if value is None:
        return None
    if value.isdecimal():
        return int(value) if len(value) < 10 else None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = max(0, ceil((moment - now).total_seconds()))
    return seconds if seconds < 10**9 else None
