"""What the lists at `/export/` tell: the query of each, and its columns as CSV (RFC 4180)."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any, NamedTuple

# A spreadsheet takes what begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_SOURCES = """sources {
  status isComputed isComplete program { key } error { code message retryAfterSeconds }
}"""
_PAGE_INFO = "pageInfo { hasNextPage endCursor }"


class Export(NamedTuple):
    """A list: its query, which asks for `list`, where its rows are, and what each column tells."""

    query: str
    rows: str
    columns: dict[str, tuple[str | int, ...]]

    def head(self) -> bytes:
        """The line with the names of the columns."""
        return _csv([self.columns])

    def lines(self, page: Any) -> bytes:
        """The lines of a page."""
        paths = self.columns.values()
        return _csv([_cell(row, path) for path in paths] for row in page[self.rows])


_PERSON = "{ providerId email }"

EXPORTS = {
    "referrals": Export(
        f"""query ($after: String, $programs: [String!]) {{
          list: referrals(first: 100, after: $after, programs: $programs) {{
            nodes {{
              id status referredAt firstOrderAt program {{ key }}
              referrer {_PERSON} referred {_PERSON}
            }}
            {_PAGE_INFO} {_SOURCES} }} }}""",
        "nodes",
        {
            "id": ("id",),
            "program": ("program", "key"),
            "status": ("status",),
            "referred_at": ("referredAt",),
            "first_order_at": ("firstOrderAt",),
            "referrer_id": ("referrer", "providerId"),
            "referrer_email": ("referrer", "email"),
            "referred_id": ("referred", "providerId"),
            "referred_email": ("referred", "email"),
        },
    ),
    "claims": Export(
        f"""query ($after: String, $programs: [String!]) {{
          list: claims(first: 100, after: $after, programs: $programs) {{
            nodes {{
              id claimedAt program {{ key }} claimant {_PERSON}
              tier {{ providerId }} coupon {{ code timesUsed }}
            }}
            {_PAGE_INFO} {_SOURCES} }} }}""",
        "nodes",
        {
            "id": ("id",),
            "program": ("program", "key"),
            "claimed_at": ("claimedAt",),
            "claimant_id": ("claimant", "providerId"),
            "claimant_email": ("claimant", "email"),
            "tier_id": ("tier", "providerId"),
            "coupon_code": ("coupon", "code"),
            "coupon_times_used": ("coupon", "timesUsed"),
        },
    ),
    "top-referrers": Export(
        f"""query ($programs: [String!]) {{
          list: topReferrers(limit: 100, programs: $programs) {{
            entries {{
              rank totalReferrals successfulReferrals rewardsClaimed
              people {{ providerId email program {{ key }} }}
            }}
            {_SOURCES} }} }}""",
        "entries",
        {
            "rank": ("rank",),
            "program": ("people", 0, "program", "key"),
            "referrer_id": ("people", 0, "providerId"),
            "referrer_email": ("people", 0, "email"),
            "total_referrals": ("totalReferrals",),
            "successful_referrals": ("successfulReferrals",),
            "rewards_claimed": ("rewardsClaimed",),
        },
    ),
}
"""The lists by the names that their addresses have."""


def _cell(row: Any, path: tuple[str | int, ...]) -> str:
    """What a column tells of a row; empty where nothing is told."""
    for step in path:
        if row is None:
            return ""
        row = row[step]
    text = "" if row is None else str(row)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
