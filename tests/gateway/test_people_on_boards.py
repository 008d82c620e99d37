"""People whom a provider's board tells as well as their profiles: a call for all of them."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.ids import Kind, encode
from tests.running import Gateway, program, running_gateway

LEADERBOARD = """{ leaderboard(limit: 10, programs: ["block-haven"]) { entries { person {
    id name email FIELDS } } } }"""
NODES = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Person {
    providerId name email source { status error { code } } } } }"""


def calls(pixlpay: PixlpaySandbox) -> list[str]:
    return sorted(call.path.removeprefix("/api/external/v1") for call in pixlpay.calls)


def customers(*numbers: int) -> dict[str, list[str]]:
    return {"ids": [encode(Kind.PERSON, "block-haven", str(number)) for number in numbers]}


def board_ids(gateway: Gateway, pixlpay: PixlpaySandbox) -> set[int]:
    data = gateway.data("{ topReferrers(limit: 100) { entries { people { providerId } } } }")
    pixlpay.forget_calls()
    return {int(e["people"][0]["providerId"]) for e in data["topReferrers"]["entries"]}


@pytest.fixture
def store() -> PixlpaySandbox:
    return PixlpaySandbox(calls_per_minute=None)


@pytest.fixture
def narrow(store: PixlpaySandbox) -> PixlpaySandbox:
    """The store, when its token may not read customers."""
    store.tokens[store.token] = frozenset({"referrals:read"})
    return store


@pytest.fixture
def haven(store: PixlpaySandbox) -> Iterator[Gateway]:
    with (
        serve_in_thread(store) as served,
        running_gateway(program("block-haven", "pixlpay", served.origin, store.token)) as gateway,
    ):
        yield gateway


@pytest.mark.parametrize("more", ["", "referralCode", "referralCode source { status }"])
def test_ten_on_a_leaderboard_cost_the_list_of_top_referrers(
    haven: Gateway, store: PixlpaySandbox, more: str
) -> None:
    entries = haven.data(LEADERBOARD.replace("FIELDS", more))["leaderboard"]["entries"]
    assert len(entries) == 10
    assert all(entry["person"]["name"] and entry["person"]["email"] for entry in entries)
    assert calls(store) == ["/referrals/leaderboard", "/referrals/top-referrers"]


def test_only_those_who_are_not_on_the_board_cost_a_call_each(
    haven: Gateway, store: PixlpaySandbox
) -> None:
    board = board_ids(haven, store)
    on = min(board)
    off, other = [number for number in range(1, 180) if number not in board][:2]
    people = haven.data(NODES, customers(off, on, other))["nodes"]
    assert [person["providerId"] for person in people] == [str(n) for n in (off, on, other)]
    assert all(person["name"] and person["source"]["status"] == "FRESH" for person in people)
    asked = sorted([f"/customers/{off}", f"/customers/{other}"])
    assert calls(store) == [*asked, "/referrals/top-referrers"]


def test_both_ways_tell_the_same(haven: Gateway, store: PixlpaySandbox) -> None:
    one, two = sorted(board_ids(haven, store))[:2]
    together = haven.data(NODES, customers(one, two))["nodes"]
    alone = [haven.data(NODES, customers(number))["nodes"][0] for number in (one, two)]
    assert together == alone
    assert calls(store) == [f"/customers/{one}", f"/customers/{two}", "/referrals/top-referrers"]


def test_whom_a_board_tells_in_part_is_asked_for(haven: Gateway, store: PixlpaySandbox) -> None:
    without_email = '{"id": 1, "name": "A", "total_referrals": 1, "successful_referrals": 1}'
    body = f'{{"success": true, "data": [{without_email}]}}'
    store.faults.add(Fault("wrong_shape", path="/top-referrers", body=body))
    people = haven.data(NODES, customers(1, 2))["nodes"]
    assert all(person["email"] for person in people)
    assert calls(store) == ["/customers/1", "/customers/2", "/referrals/top-referrers"]


def test_a_board_that_fails_leaves_a_call_each(haven: Gateway, store: PixlpaySandbox) -> None:
    store.faults.add(Fault("status", path="/top-referrers", status=500))
    assert all(person["name"] for person in haven.data(NODES, customers(1, 2))["nodes"])
    assert store.count() == 3


def test_without_the_scope_for_customers_the_board_tells_who_is_on_it(
    haven: Gateway, narrow: PixlpaySandbox
) -> None:
    somebody = min(board_ids(haven, narrow))
    for _ in range(2):
        (person,) = haven.data(NODES, customers(somebody))["nodes"]
        assert person["name"]
        assert person["email"]
        assert person["source"] == {"status": "FRESH", "error": None}
    # The refusal is remembered.
    boards = ["/referrals/top-referrers"] * 2
    assert calls(narrow) == [f"/customers/{somebody}", *boards]


def test_without_the_scope_whoever_is_not_on_the_board_fails_alone(
    haven: Gateway, narrow: PixlpaySandbox
) -> None:
    board = board_ids(haven, narrow)
    off = [number for number in range(1, 180) if number not in board][:5]
    answer = haven.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Person { name } } }",
        customers(*off, min(board)),
    )
    assert [bool(node) for node in answer.data["nodes"]] == [False] * 5 + [True]
    assert len(answer.errors) == 5
    for error in answer.errors:
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert "customers:read" in error["message"]
    # One of them found out for all.
    assert calls(narrow) == [f"/customers/{off[0]}", "/referrals/top-referrers"]


def test_a_source_tells_the_scope_that_is_missing(haven: Gateway, narrow: PixlpaySandbox) -> None:
    rows: Any = '[{"id": 7, "name": "Player", "referral_count": 1}]'
    body = f'{{"success": true, "data": {rows}}}'
    narrow.faults.add(Fault("wrong_shape", path="/leaderboard", body=body))
    narrow.faults.add(
        Fault("wrong_shape", path="/top-referrers", body='{"success": true, "data": []}')
    )
    query = LEADERBOARD.replace("FIELDS", "source { status error { code } }")
    answer = haven.ask(query)
    (entry,) = answer.data["leaderboard"]["entries"]
    assert entry["person"]["name"] == "Player"
    assert entry["person"]["email"] is None
    assert entry["person"]["source"] == {"status": "FAILED", "error": {"code": "FORBIDDEN"}}
    (error,) = answer.errors
    assert error["path"] == ["leaderboard", "entries", 0, "person", "email"]
