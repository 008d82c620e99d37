"""Referrals laid out by day, week or month."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.errors import ErrorCode, GatewayError
from gateway.merge import SourceReport
from gateway.reports.counting import DayCounts

DEFAULT_DAYS = 30
MOST_POINTS = 1000
EARLIEST_YEAR = 1900
LATEST_YEAR = 9990


class TimelineInterval(StrEnum):
    """How long each point of a timeline is."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True)
class TimelinePoint:
    """One interval, by its first day."""

    date: dt.date
    referred: int
    completed: int


@dataclass(frozen=True)
class Timeline:
    """Points, earliest first, and how each program contributed."""

    points: list[TimelinePoint]
    sources: list[SourceReport]


@dataclass(frozen=True)
class Span:
    """Which points a timeline has: the first days of its intervals, and its last day."""

    starts: list[dt.date]
    last: dt.date
    interval: TimelineInterval
    zone: ZoneInfo


def span_of(
    first: dt.date | None,
    last: dt.date | None,
    interval: TimelineInterval,
    time_zone: str,
    now: dt.datetime,
) -> Span:
    """The span that the arguments mean. Raises GatewayError BAD_USER_INPUT."""
    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, OSError, ValueError):
        # Not found is a KeyError; a name that is no file name is one of the others.
        raise _wrong(f"There is no time zone {time_zone[:50]!r}.") from None
    last = _sensible(last or now.astimezone(zone).date())
    first = _sensible(first or last - dt.timedelta(days=DEFAULT_DAYS))
    if first > last:
        raise _wrong("`from` must not be after `to`.")
    starts = [_start(first, interval)]
    while (following := _following(starts[-1], interval)) <= last:
        starts.append(following)
        if len(starts) > MOST_POINTS:
            raise _wrong(f"A timeline has at most {MOST_POINTS} points: ask for fewer or longer.")
    return Span(starts, last, interval, zone)


def lay_out(span: Span, programs: Sequence[DayCounts]) -> list[TimelinePoint]:
    """A point an interval, without gaps, over all the programs."""
    referred = dict.fromkeys(span.starts, 0)
    completed = dict.fromkeys(span.starts, 0)
    for counts in programs:
        for days, points in ((counts.referred, referred), (counts.completed, completed)):
            for day, number in days.items():
                start = _start(day, span.interval)
                if start in points and day <= span.last:
                    points[start] += number
    return [TimelinePoint(start, referred[start], completed[start]) for start in span.starts]


def _sensible(day: dt.date) -> dt.date:
    """The day, far enough from the calendar's ends to reckon with."""
    if EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        return day
    raise _wrong(f"Days must lie between {EARLIEST_YEAR} and {LATEST_YEAR}.")


def _start(day: dt.date, interval: TimelineInterval) -> dt.date:
    match interval:
        case TimelineInterval.WEEK:
            return day - dt.timedelta(days=day.weekday())
        case TimelineInterval.MONTH:
            return day.replace(day=1)
        case _:
            return day


def _following(start: dt.date, interval: TimelineInterval) -> dt.date:
    match interval:
        case TimelineInterval.WEEK:
            return start + dt.timedelta(days=7)
        case TimelineInterval.MONTH:
            return (start + dt.timedelta(days=32)).replace(day=1)
        case _:
            return start + dt.timedelta(days=1)


def _wrong(message: str) -> GatewayError:
    return GatewayError(ErrorCode.BAD_USER_INPUT, message)
