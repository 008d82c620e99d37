"""A page is what its rows are one by one, however odd they are."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.model import Referral
from adapters.piggy.referrals import referral_page as piggy_page
from adapters.pixlpay.mapping.referrals import referral_page as pixlpay_page

KEY = "coral-avenue"
TEXTS = st.sampled_from(["", "a", "Emma", '"referred_contact"', "\u0000\U0001f600"])
IDS = st.sampled_from(["", "1", "2", "46573856", "b9b75a9e-99bb-4b60-a60b-d7c60c5e712e"])
STATUSES = st.sampled_from(
    ["", "pending", "in_progress", "completed", "successful", "failed", "new"]
)
INSTANTS = st.sampled_from(
    [
        "",
        "yesterday",
        "2025-01-20T09:00:00Z",
        "2025-01-15T10:30:00.250000Z",
        "2025-01-15T10:30:00.1234567+01:00",
        "2025-01-15 10:30:00",
        "2025-01-15",
        "0000-00-00 00:00:00",
        "9999-12-31T23:59:59-01:00",
    ]
)


def with_some_of(
    required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have the required keys, and any of the others with null in place of some."""
    return st.fixed_dictionaries(
        required, optional={key: st.none() | value for key, value in optional.items()}
    )


PIGGY_CONTACTS: st.SearchStrategy[Any] = st.just([]) | with_some_of(
    {"uuid": IDS}, email=TEXTS, phone=TEXTS
)
PIGGY_ROWS = with_some_of(
    {"uuid": IDS},
    status=STATUSES,
    referring_contact=PIGGY_CONTACTS,
    referred_contact=PIGGY_CONTACTS,
)
NUMBERS = st.integers(-1, 2**70) | IDS
CUSTOMER = {"name": TEXTS, "username": TEXTS, "email": TEXTS, "referral_code": TEXTS}
PIXLPAY_ROWS = with_some_of(
    {"id": NUMBERS},
    **CUSTOMER,
    referred_at=INSTANTS,
    referrer=st.just([]) | with_some_of({"id": NUMBERS}, **CUSTOMER),
    status=STATUSES,
    first_order_at=INSTANTS,
)


def piggy(*rows: str) -> tuple[Referral, ...]:
    body = f'{{"data": [{", ".join(rows)}], "meta": []}}'
    return piggy_page(body.encode(), KEY, 1, 100).items


def pixlpay(*rows: str) -> tuple[Referral, ...]:
    body = f'{{"success": true, "data": [{", ".join(rows)}], "meta": []}}'
    return pixlpay_page(body.encode(), KEY, 1, 100).items


# Takes the whole page apart row by row (FACTS P4).
TORN = '{"uuid": "t", "referring_contact": null, "referring_contact": null}'


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(PIGGY_ROWS.map(json.dumps), max_size=6))
def test_piggys_rows_are_the_same_beside_a_torn_one(rows: list[str]) -> None:
    *beside, torn = piggy(*rows, TORN)
    assert torn.referrer is None
    assert tuple(beside) == piggy(*rows)
    assert beside == [item for row in rows for item in piggy(row)]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(PIXLPAY_ROWS.map(json.dumps), max_size=6))
def test_pixlpays_rows_are_the_same_alone_and_together(rows: list[str]) -> None:
    assert list(pixlpay(*rows)) == [item for row in rows for item in pixlpay(row)]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(PIGGY_ROWS, max_size=6))
def test_piggys_rows_are_the_same_with_a_key_that_looks_like_a_contacts(
    rows: list[dict[str, Any]],
) -> None:
    beside = [row | {"new_contact": {"uuid": "n"}} for row in rows]
    assert piggy(*map(json.dumps, beside)) == piggy(*map(json.dumps, rows))
