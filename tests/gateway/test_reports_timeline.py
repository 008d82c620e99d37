"""Timelines: whose day it is, which interval a day falls into, and where the last one is cut."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from adapters._sandbox.serving import Served
from adapters.model import Referral, ReferralStatus
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.reports.counting import DayCounts, count_days
from gateway.reports.timeline import TimelineInterval, TimelinePoint, lay_out, span_of
from tests.gateway.upstream import told
from tests.running import Gateway

DAY, WEEK, MONTH = TimelineInterval
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


def days(counts: dict[str, int]) -> Counter[date]:
    return Counter({date.fromisoformat(day): number for day, number in counts.items()})


def referred(first: str, last: str, interval: TimelineInterval, *days_: str) -> dict[str, int]:
    """How many of those who were referred on some days are at which point."""
    span = span_of(date.fromisoformat(first), date.fromisoformat(last), interval, "UTC", NOW)
    points = lay_out(span, [DayCounts(days(Counter(days_)), Counter())])
    assert all(point.completed == 0 for point in points)
    return {str(point.date): point.referred for point in points}


def local_days(zone: str, *instants: str) -> list[str]:
    """The days on which referrals of those instants count in a time zone."""
    counts = count_days(
        [
            Referral(
                program_key="p",
                identity=instant,
                provider_id=instant,
                referrer=None,
                referred=None,
                status=ReferralStatus.COMPLETED,
                provider_status="completed",
                referred_at=datetime.fromisoformat(instant),
            )
            for instant in instants
        ],
        ZoneInfo(zone),
    )
    assert not counts.completed
    return [str(day) for day in counts.referred.elements()]


@pytest.mark.parametrize(
    ("zone", "instants", "day"),
    [
        # A day of 23 hours: from midnight at +1 to midnight at +2.
        ("Europe/Amsterdam", ("2025-03-29T23:00:00Z", "2025-03-30T21:59:59Z"), "2025-03-30"),
        # One of 25.
        ("Europe/Amsterdam", ("2025-10-25T22:00:00Z", "2025-10-26T22:59:59Z"), "2025-10-26"),
        # Where midnight itself is skipped, the day begins at one.
        ("America/Santiago", ("2025-09-07T04:00:00Z", "2025-09-08T02:59:59Z"), "2025-09-07"),
        ("Pacific/Kiritimati", ("2024-12-31T10:00:00Z", "2025-01-01T09:59:59Z"), "2025-01-01"),
    ],
)
def test_a_day_lasts_from_midnight_to_midnight_of_its_time_zone(
    zone: str, instants: tuple[str, str], day: str
) -> None:
    assert local_days(zone, *instants) == [day, day]
    first, last = map(datetime.fromisoformat, instants)
    around = (first - timedelta(seconds=1), last + timedelta(seconds=1))
    assert day not in local_days(zone, *(instant.isoformat() for instant in around))


def test_a_day_that_never_was_is_a_point_without_anybody() -> None:
    # Samoa went over the date line and had no 30 December 2011.
    assert local_days("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z") == [
        "2011-12-29",
        "2011-12-31",
    ]
    span = span_of(date(2011, 12, 29), date(2011, 12, 31), DAY, "Pacific/Apia", NOW)
    assert len(lay_out(span, [])) == 3


@pytest.mark.parametrize(
    ("zone", "last"),
    [("Europe/Amsterdam", "2025-03-01"), ("UTC", "2025-02-28"), ("Pacific/Honolulu", "2025-02-28")],
)
def test_today_is_the_time_zones_own_and_thirty_days_go_before(zone: str, last: str) -> None:
    span = span_of(None, None, DAY, zone, datetime(2025, 2, 28, 23, 30, tzinfo=UTC))
    assert str(span.last) == last
    assert (span.starts[0], span.starts[-1]) == (span.last - timedelta(days=30), span.last)
    assert len(span.starts) == 31


def test_a_week_goes_on_across_the_new_year() -> None:
    found = referred(
        "2024-12-25", "2025-01-12", WEEK, "2024-12-29", "2024-12-30", "2025-01-01", "2025-01-05"
    )
    assert found == {"2024-12-23": 1, "2024-12-30": 3, "2025-01-06": 0}


def test_months_have_their_own_lengths() -> None:
    found = referred(
        "2023-12-31",
        "2024-03-01",
        MONTH,
        *("2023-12-31", "2024-01-01", "2024-01-31", "2024-02-29", "2024-03-01"),
    )
    assert found == {"2023-12-01": 1, "2024-01-01": 2, "2024-02-01": 1, "2024-03-01": 1}


@pytest.mark.parametrize(
    ("last", "interval", "point"),
    [
        ("2025-01-15", WEEK, "2025-01-13"),  # a Wednesday
        ("2025-01-15", MONTH, "2025-01-01"),
        ("2025-01-15", DAY, "2025-01-15"),
    ],
)
def test_nobody_after_the_last_day_is_counted(
    last: str, interval: TimelineInterval, point: str
) -> None:
    found = referred("2025-01-01", last, interval, "2025-01-15", "2025-01-16", "2025-01-19")
    assert found.popitem() == (point, 1)


def test_the_first_interval_is_whole_though_it_begins_earlier() -> None:
    days_ = ("2025-01-12", "2025-01-13", "2025-01-14", "2025-01-16")
    assert referred("2025-01-15", "2025-01-16", WEEK, *days_) == {"2025-01-13": 3}
    assert referred("2025-01-15", "2025-01-16", DAY, *days_) == {"2025-01-15": 0, "2025-01-16": 1}


def test_programs_are_added_and_what_nobody_did_is_nought() -> None:
    span = span_of(date(2025, 1, 1), date(2025, 1, 3), DAY, "UTC", NOW)
    programs = [
        DayCounts(days({"2025-01-01": 2}), days({"2025-01-03": 1})),
        DayCounts(days({"2025-01-01": 3, "2024-12-31": 9}), days({"2025-01-03": 4})),
    ]
    assert lay_out(span, programs) == [
        TimelinePoint(date(2025, 1, 1), 5, 0),
        TimelinePoint(date(2025, 1, 2), 0, 0),
        TimelinePoint(date(2025, 1, 3), 0, 5),
    ]


@pytest.mark.parametrize(("interval", "start"), [("WEEK", -2), ("MONTH", -14)])
def test_a_timeline_that_ends_amid_an_interval_counts_up_to_that_day(
    gateway: Gateway,
    served_pixlpay: Served,
    pixlpay: PixlpaySandbox,
    interval: str,
    start: int,
) -> None:
    pages = [told(served_pixlpay, pixlpay, f"/referrals?per_page=100&page={n}") for n in (1, 2)]
    rows = [row for page in pages for row in page]

    def within(field: str, first: date, last: date) -> int:
        made: Iterable[str] = (row[field][:10] for row in rows if row.get(field))
        return sum(str(first) <= day <= str(last) for day in made)

    # The 15th was a Wednesday, and somebody was referred between it and the end of its interval.
    last = date(2025, 1, 15)
    first = last + timedelta(days=start)
    assert within("referred_at", last + timedelta(days=1), date(2025, 1, 19))
    (point,) = gateway.data(
        f"""query ($day: Date!) {{ timeline(from: $day, to: $day, interval: {interval}) {{
            points {{ date referred completed }} }} }}""",
        {"day": str(last)},
    )["timeline"]["points"]
    assert point == {
        "date": str(first),
        "referred": within("referred_at", first, last),
        "completed": within("first_order_at", first, last),
    }
