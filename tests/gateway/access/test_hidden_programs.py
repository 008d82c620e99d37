"""A program that a caller may not see is not there: whatever they ask, the answer is that of a
gateway that never had it, and it is not asked for anything."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from graphql import build_schema

from adapters._sandbox.people import person
from adapters._sandbox.serving import Served
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.ids import Kind, encode
from gateway.schema import schema_text
from tests.gateway.access.callers import EVERYTHING, Keys
from tests.running import Gateway, running_gateway

SHARED = person(24).email
"""Somebody at both sandboxes."""

PERSON = "{ id providerId name program { key } }"
SOURCES = "sources { program { key } status isComputed isComplete totalCount error { message } }"
PAGE = f"totalCount pageInfo {{ hasNextPage startCursor endCursor }} {SOURCES}"
REFERRALS = (
    f"{{ nodes {{ id status program {{ key }} referrer {PERSON} referred {PERSON} }} {PAGE} }}"
)
CLAIMS = f"{{ nodes {{ id program {{ key }} claimant {PERSON} }} {PAGE} }}"
FIGURES = f"{{ totalReferrals successfulReferrals rewardsClaimed {SOURCES} }}"
BOARD = f"{{ entries {{ rank person {PERSON} referralCount }} {SOURCES} }}"
RECORDS = f"{{ entries {{ rank people {PERSON} totalReferrals }} {SOURCES} }}"
PROGRAM = "{ id key name capabilities health { status } provider { key } }"
ERRORS = "errors { __typename message field }"
ADDED = '{name: "Gold", referralsRequired: 3, reward: {percent: "10"}}'


class Side(NamedTuple):
    """A program that a caller sees, one that they do not, and somebody in each."""

    seen: str
    hidden: str
    hidden_provider: str
    seen_person: str
    hidden_person: str
    hidden_tier: str
    hidden_cursor: str


QUERIES = {
    "viewer": ["{ viewer { name scopes } }"],
    "node": [
        f'{{ node(id: "%s") {{ id ... on Person {PERSON} ... on Program {PROGRAM} }} }}',
    ],
    "nodes": ["{ nodes(ids: %(ids)s) { __typename id } }"],
    "programs": [
        f"{{ programs {PROGRAM} }}",
        f'{{ programs(provider: "%(hidden_provider)s") {PROGRAM} }}',
    ],
    "program": [f'{{ program(key: "%(hidden)s") {PROGRAM} }}'],
    "referrals": [
        f"{{ referrals(first: 100) {REFERRALS} }}",
        f'{{ referrals(programs: ["%(hidden)s"]) {REFERRALS} }}',
        f'{{ referrals(programs: ["%(seen)s", "%(hidden)s"]) {REFERRALS} }}',
        f'{{ referrals(filter: {{referrerId: "%(hidden_person)s"}}) {REFERRALS} }}',
        f'{{ referrals(filter: {{search: "{SHARED}"}}) {REFERRALS} }}',
        f'{{ referrals(after: "%(hidden_cursor)s") {REFERRALS} }}',
        f'{{ program(key: "%(seen)s") {{ referrals(first: 2) {REFERRALS} }} }}',
        f'{{ node(id: "%(seen_person)s") {{ ... on Person {{ referrals {REFERRALS} }} }} }}',
    ],
    "claims": [
        f"{{ claims(first: 100) {CLAIMS} }}",
        f'{{ claims(programs: ["%(hidden)s"]) {CLAIMS} }}',
        f'{{ claims(after: "%(hidden_cursor)s") {CLAIMS} }}',
    ],
    "tiers": [
        f"{{ tiers {{ nodes {{ id name program {{ key }} }} {SOURCES} }} }}",
        f'{{ tiers(programs: ["%(hidden)s"]) {{ nodes {{ id }} {SOURCES} }} }}',
    ],
    "statistics": [
        f"{{ statistics {FIGURES} }}",
        f'{{ statistics(programs: ["%(hidden)s"]) {FIGURES} }}',
    ],
    "timeline": [
        '{ timeline(from: "2025-01-01", to: "2025-01-31")'
        f" {{ points {{ date referred completed }} {SOURCES} }} }}",
        f'{{ timeline(programs: ["%(hidden)s"]) {{ {SOURCES} }} }}',
    ],
    "people": [
        f'{{ people(email: "{SHARED}") {{ nodes {PERSON} {SOURCES} }} }}',
        f'{{ people(email: "{SHARED}", programs: ["%(hidden)s"]) {{ nodes {PERSON} }} }}',
        f'{{ people(email: "{SHARED}") {{ nodes {{ counterparts {{ nodes {PERSON} {SOURCES} }}'
        f" referredBy {{ id }} tierProgress {{ remaining }} }} }} }}",
    ],
    "leaderboard": [
        f"{{ leaderboard(limit: 100) {BOARD} }}",
        f'{{ leaderboard(programs: ["%(hidden)s"]) {BOARD} }}',
    ],
    "topReferrers": [
        f"{{ topReferrers(limit: 100) {RECORDS} }}",
        f"{{ topReferrers(limit: 100, combineByEmail: true) {RECORDS} }}",
        f'{{ topReferrers(programs: ["%(hidden)s"]) {RECORDS} }}',
    ],
    "codeValidations": [
        '{ codeValidations(code: "ABC12345")'
        f" {{ nodes {{ isValid program {{ key }} }} {SOURCES} }} }}",
        f'{{ codeValidations(code: "A", programs: ["%(hidden)s"]) {{ {SOURCES} }} }}',
    ],
}
MUTATIONS = {
    "tierCreate": [
        f'tierCreate(programId: "%(hidden_id)s", input: {ADDED}) {{ tier {{ id }} {ERRORS} }}'
    ],
    "tierUpdate": [
        f'tierUpdate(id: "%(hidden_tier)s", input: {{name: "x"}}) {{ tier {{ id }} {ERRORS} }}'
    ],
    "tierToggle": [f'tierToggle(id: "%(hidden_tier)s") {{ tier {{ id }} {ERRORS} }}'],
    "tierDelete": [f'tierDelete(id: "%(hidden_tier)s") {{ deletedTierId {ERRORS} }}'],
    "programSettingsUpdate": [
        'programSettingsUpdate(programId: "%(hidden_id)s", input: {isEnabled: false})'
        f" {{ program {PROGRAM} {ERRORS} }}"
    ],
}


def test_every_root_field_is_asked() -> None:
    types = build_schema(schema_text()).type_map
    assert QUERIES.keys() == types["Query"].fields.keys()  # type: ignore[attr-defined]
    assert MUTATIONS.keys() == types["Mutation"].fields.keys()  # type: ignore[attr-defined]


@pytest.fixture(params=["coral-avenue", "block-haven"])
def side(
    request: pytest.FixtureRequest,
    gateway: Gateway,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
) -> Side:
    """Either program hidden, and what a caller of both learned of it."""
    hidden: str = request.param
    seen = {"coral-avenue": "block-haven", "block-haven": "coral-avenue"}[hidden]
    known = gateway.data(
        f'{{ people(email: "{SHARED}") {{ nodes {{ id program {{ key }} }} }}'
        " tiers { nodes { id program { key } } } referrals { pageInfo { endCursor } } }"
    )
    people = {p["program"]["key"]: p["id"] for p in known["people"]["nodes"]}
    tiers = {t["program"]["key"]: t["id"] for t in known["tiers"]["nodes"]}
    cursor = known["referrals"]["pageInfo"]["endCursor"]
    provider = {"coral-avenue": "piggy", "block-haven": "pixlpay"}[hidden]
    piggy.calls.clear()
    pixlpay.calls.clear()
    return Side(seen, hidden, provider, people[seen], people[hidden], tiers[hidden], cursor)


@pytest.fixture
def both(
    programs: tuple[ProgramConfig, ...], side: Side
) -> Iterator[tuple[Keys, Gateway, Gateway]]:
    """The caller who sees one program of a gateway's two, and one who sees all of a gateway that
    has that one alone. The two go by one name, and so by the same cursors."""
    keys = Keys().add("restricted", EVERYTHING, side.seen)
    (only,) = (program for program in programs if program.key == side.seen)
    with (
        running_gateway(*programs, access=keys.config) as whole,
        running_gateway(only, access=keys.config) as small,
    ):
        yield keys, whole, small


def filled(query: str, side: Side) -> list[str]:
    """A query about the hidden program, once for each kind of thing where it is about any."""
    hidden_id = encode(Kind.PROGRAM, side.hidden)
    ids = [
        hidden_id,
        side.hidden_person,
        side.hidden_tier,
        encode(Kind.REFERRAL, side.hidden, "1"),
        encode(Kind.CLAIM, side.hidden, "1"),
    ]
    if "%s" in query:
        return [query % id_ for id_ in ids]
    return [query % {**side._asdict(), "hidden_id": hidden_id, "ids": json.dumps(ids)}]


def what_came(gateway: Gateway, keys: Keys, query: str) -> Any:
    answer = keys.ask(gateway, "restricted", query)
    return answer.http.status_code, answer.http.json()


@pytest.mark.parametrize("field", [*QUERIES, *MUTATIONS])
def test_a_hidden_program_leaves_no_trace(
    field: str,
    side: Side,
    both: tuple[Keys, Gateway, Gateway],
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
) -> None:
    keys, whole, small = both
    hidden = {"piggy": piggy, "pixlpay": pixlpay}[side.hidden_provider]
    asked = [*QUERIES.get(field, []), *(f"mutation {{ {m} }}" for m in MUTATIONS.get(field, []))]
    for query in (q for pattern in asked for q in filled(pattern, side)):
        came = what_came(whole, keys, query)
        assert came == what_came(small, keys, query), query
        # A key that was asked about comes back in an error; nothing else does.
        if f'"{side.hidden}"' not in query:
            assert side.hidden not in json.dumps(came)
    assert not hidden.calls


def test_readiness_does_not_tell_of_it(side: Side, both: tuple[Keys, Gateway, Gateway]) -> None:
    keys, whole, small = both
    told = [
        g.http.get("/readyz", headers=keys.headers("restricted")).json() for g in (whole, small)
    ]
    assert told[0] == told[1]
    assert list(told[0]["programs"]) == [side.seen]


def test_a_failing_hidden_program_is_not_told_of(
    side: Side,
    both: tuple[Keys, Gateway, Gateway],
    served_piggy: Served,
    served_pixlpay: Served,
) -> None:
    keys, whole, _ = both
    {"piggy": served_piggy, "pixlpay": served_pixlpay}[side.hidden_provider].stop()
    answer = keys.ask(
        whole,
        "restricted",
        f"{{ referrals {REFERRALS} statistics {FIGURES} tiers {{ {SOURCES} }} }}",
    )
    assert not answer.errors
    for field in answer.data.values():
        assert [source["program"]["key"] for source in field["sources"]] == [side.seen]


def test_nobody_goes_on_with_the_cursor_of_somebody_else(
    programs: tuple[ProgramConfig, ...],
) -> None:
    keys = Keys().add("one", EVERYTHING).add("other", EVERYTHING)
    lists = [
        "referrals(first: 2, after: $after)",
        "claims(first: 2, after: $after)",
        "referrals(first: 2, after: $after, filter: {status: COMPLETED})",
    ]
    with running_gateway(*programs, access=keys.config) as guarded:
        for list_ in lists:
            query = f"query ($after: String) {{ list: {list_} {{ pageInfo {{ endCursor }} }} }}"
            first = keys.ask(guarded, "one", query).data["list"]["pageInfo"]["endCursor"]
            assert keys.ask(guarded, "one", query, {"after": first}).data["list"]
            refused = keys.ask(guarded, "other", query, {"after": first})
            (error,) = refused.errors
            assert error["extensions"] == {"code": "INVALID_CURSOR"}
            assert "another caller" in error["message"]
