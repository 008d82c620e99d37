"""Referrals laid out by day, week or month."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from gateway.merge import SourceReport


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
