"""Rows that are attributes alone are written by msgspec, as they would be otherwise."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.model import Person, Referral, ReferralStatus
from gateway.execution.leaves import Surprise
from gateway.execution.plans import Plans
from tests.gateway.execution.compiling import executable, plan

NOON = datetime(2025, 1, 20, 12, tzinfo=UTC)
SHOWN = """
    __typename code: providerId status referredAt
    referrer { email __typename loyaltyPoints } referred { name type: __typename }
"""
REFERRAL = Referral(
    "a",
    "1",
    '"1"\x00\u2028é😀',
    Person("a", "2", email=None, loyalty_points=-(2**31)),
    Person("a", "3", name="N"),
    ReferralStatus.UNKNOWN,
    "",
    NOON,
)
REFERRER = REFERRAL.referrer
assert REFERRER is not None


def made(referral: Any, selected: str = SHOWN) -> bytes:
    """The rows of a page with one referral."""
    query = f'{{ program(key: "a") {{ referrals {{ nodes {{ {selected} }} }} }} }}'
    found = plan(Plans(), executable(query))
    assert found is not None
    (rows,) = found.rows
    return rows((referral,))


def test_a_row_is_written_as_it_is_selected() -> None:
    assert json.loads(made(REFERRAL), object_pairs_hook=tuple) == [
        (
            ("__typename", "Referral"),
            ("code", REFERRAL.provider_id),
            ("status", "UNKNOWN"),
            ("referredAt", "2025-01-20T12:00:00Z"),
            (
                "referrer",
                (("email", None), ("__typename", "Person"), ("loyaltyPoints", -(2**31))),
            ),
            ("referred", (("name", "N"), ("type", "Person"))),
        )
    ]


@pytest.mark.parametrize(
    "at",
    [
        None,
        NOON,
        NOON.replace(microsecond=1),
        NOON.astimezone(timezone(timedelta(0))),
        NOON.astimezone(timezone(timedelta(hours=-3, minutes=-30))),
    ],
    ids=["never", "UTC", "a microsecond", "no offset", "an offset"],
)
def test_by_dicts_it_is_the_same(at: datetime | None) -> None:
    # No class can have an attribute twice, nor an id, which is worked out.
    twice = SHOWN + " again: status"
    referral = replace(REFERRAL, referred_at=at)
    (by_class,) = json.loads(made(referral))
    (by_dicts,) = json.loads(made(referral, twice))
    assert by_dicts == {**by_class, "again": "UNKNOWN"}
    (with_id,) = json.loads(made(referral, SHOWN + " id"))
    assert {**by_class, "id": with_id["id"]} == with_id


@pytest.mark.parametrize(
    "odd",
    [
        {"provider_id": 7},
        {"provider_id": None},
        {"provider_id": "\ud800"},
        {"status": "what nobody knows"},
        {"referred_at": "2025-01-20T12:00:00Z"},
        {"referrer": replace(REFERRER, email=UNSET)},
        {"referrer": replace(REFERRER, loyalty_points=2**31)},
        {"referrer": replace(REFERRER, loyalty_points=True)},
        {"referrer": "somebody"},
    ],
    ids=ascii,
)
def test_what_is_not_as_promised_is_a_surprise(odd: dict[str, Any]) -> None:
    with pytest.raises(Surprise):
        made(replace(REFERRAL, **odd))
