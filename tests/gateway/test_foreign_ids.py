"""Forged, foreign and outdated identifiers and cursors, over HTTP."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.ids import Kind, encode
from tests.running import Gateway

FORGED = ["", "7", "not an id", "ÄÖ", "A" * 5000, urlsafe_b64encode(b"9Pcoral-avenue:").decode()]

LIST = """
query ($after: String, $filter: ReferralFilter, $programs: [String!], $first: Int) {
  referrals(first: $first, after: $after, filter: $filter, programs: $programs) {
    nodes { id }
    pageInfo { endCursor }
  }
}
"""


def code_of(gateway: Gateway, query: str, **variables: Any) -> str:
    """The code of the only error of an answer, which must come with status 200."""
    answer = gateway.ask(query, variables)
    assert answer.http.status_code == 200
    (error,) = answer.errors
    return str(error["extensions"]["code"])


@pytest.fixture
def cursor(gateway: Gateway) -> str:
    """A cursor of the list of all referrals."""
    return str(gateway.data(LIST)["referrals"]["pageInfo"]["endCursor"])


@pytest.mark.parametrize("id_", FORGED)
def test_a_forged_id_is_told_as_one(id_: str, gateway: Gateway) -> None:
    for query in (
        "query ($id: ID!) { node(id: $id) { id } }",
        "query ($id: ID!) { referrals(filter: {referrerId: $id}) { nodes { id } } }",
    ):
        assert code_of(gateway, query, id=id_) == "INVALID_ID"


@pytest.mark.parametrize("cursor", [*FORGED, urlsafe_b64encode(bytes(30)).decode()])
def test_a_forged_cursor_is_told_as_one(cursor: str, gateway: Gateway) -> None:
    for query in (
        "query ($after: String) { referrals(after: $after) { nodes { id } } }",
        "query ($after: String) { claims(after: $after) { nodes { id } } }",
        'query ($after: String) { program(key: "block-haven") {'
        " referrals(after: $after) { nodes { id } } } }",
    ):
        assert code_of(gateway, query, after=cursor) == "INVALID_CURSOR"


@pytest.mark.parametrize(
    "other",
    [
        {"filter": {"status": "PENDING"}},
        {"filter": {"search": "emma"}},
        {"programs": ["coral-avenue"]},
        {"programs": []},
    ],
)
def test_a_cursor_of_another_filter_or_of_other_programs_is_refused(
    other: dict[str, Any], cursor: str, gateway: Gateway
) -> None:
    answer = gateway.ask(LIST, {"after": cursor, **other})
    (error,) = answer.errors
    assert error["extensions"]["code"] == "INVALID_CURSOR"
    assert error["path"] == ["referrals"]
    assert "Start over without `after`" in error["message"]
    assert answer.http.status_code == 200


@pytest.mark.parametrize(
    "same",
    [
        {"first": 1},
        {"filter": {}},
        {"filter": {"search": "  "}},
        {"filter": {"status": None}},
        {"programs": ["block-haven", "coral-avenue"]},
        {"programs": None},
    ],
)
def test_a_cursor_is_good_for_the_same_list_in_other_words(
    same: dict[str, Any], cursor: str, gateway: Gateway
) -> None:
    assert gateway.data(LIST, {"after": cursor, **same})["referrals"]["nodes"]


def test_a_bad_cursor_spoils_its_own_field_alone(cursor: str, gateway: Gateway) -> None:
    answer = gateway.ask(
        'query ($after: String) { programs { key } program(key: "block-haven") {'
        " claims(after: $after) { nodes { id } } } }",
        {"after": cursor},
    )
    assert [program["key"] for program in answer.data["programs"]] == [
        "coral-avenue",
        "block-haven",
    ]
    assert [error["path"] for error in answer.errors] == [["program", "claims"]]


def test_ids_of_what_is_not_there_are_null_without_an_error(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    gone = [
        encode(Kind.PROGRAM, "sold"),
        encode(Kind.PERSON, "sold", "7"),
        encode(Kind.PROGRAM, "coral-avenue", "more"),
        encode(Kind.TIER, "block-haven", "999"),
        encode(Kind.PERSON, "block-haven", "999999"),
        encode(Kind.PERSON, "block-haven", "../settings"),
        encode(Kind.PERSON, "coral-avenue", "find-or-create"),
        encode(Kind.PERSON, "coral-avenue", "00000000-0000-4000-8000-000000000000"),
        encode(Kind.PERSON, "coral-avenue", "a/../../referrals?x=1"),
        encode(Kind.REFERRAL, "coral-avenue", "7"),
        encode(Kind.CLAIM, "block-haven", "1"),
    ]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert gateway.data(query, {"ids": gone})["nodes"] == [None] * len(gone)
    # Identifiers that cannot exist were not sent anywhere.
    assert {call.path for call in piggy.calls} <= {
        "/api/v3/oauth/clients/contacts/00000000-0000-4000-8000-000000000000"
    }
    assert {call.path for call in pixlpay.calls} == {
        "/api/external/v1/referrals/tiers",
        "/api/external/v1/referrals/top-referrers",
        "/api/external/v1/customers/999999",
    }


def test_a_forged_id_among_good_ones_spoils_its_own_place_alone(gateway: Gateway) -> None:
    good = [encode(Kind.PROGRAM, "coral-avenue"), encode(Kind.PROGRAM, "block-haven")]
    answer = gateway.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [good[0], "forged", good[1]]}
    )
    assert answer.data["nodes"] == [{"id": good[0]}, None, {"id": good[1]}]
    (error,) = answer.errors
    assert error["path"] == ["nodes", 1]
    assert error["extensions"] == {"code": "INVALID_ID"}


def test_too_many_ids_are_refused(gateway: Gateway) -> None:
    ids = [encode(Kind.PROGRAM, "coral-avenue")] * 101
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert code_of(gateway, query, ids=ids) == "BAD_USER_INPUT"
    assert len(gateway.data(query, {"ids": ids[:100]})["nodes"]) == 100
