"""Callers and everything else that the endpoint does: nothing of one caller gets to another."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, HttpConfig, LimitsConfig, PersistedConfig
from gateway.schema import schema_text
from tests.gateway.access.callers import EVERYTHING, PEOPLE, READ, Keys, codes
from tests.gateway.http.parts import parts_of
from tests.gateway.telemetry.logging_to import Logs
from tests.running import Gateway, running_gateway

KEYS = (
    Keys()
    .add("blind", READ)
    .add("seeing", PEOPLE)
    .add("coral", PEOPLE, "coral-avenue")
    .add("haven", PEOPLE, "block-haven")
    .add("boss", EVERYTHING)
)
QUERY = (
    "{ programs { key } referrals(first: 4) { nodes { referrer { name email } }"
    " pageInfo { endCursor } } statistics { totalReferrals } }"
)


@pytest.fixture
def caching(programs: tuple[ProgramConfig, ...], logs: Logs) -> Iterator[Gateway]:
    """A gateway that keeps whole answers, and takes batches and parts."""
    with running_gateway(
        *programs,
        access=KEYS.config,
        cache=CacheConfig(response_seconds=3600),
        http=HttpConfig(batch=10),
        log=logs.written.log,
    ) as running:
        yield running


def test_an_answer_that_is_given_again_is_its_callers_own(caching: Gateway) -> None:
    names = ["seeing", "blind", "coral", "haven", "boss"]
    first = {name: KEYS.ask(caching, name, QUERY) for name in names}
    for name in [*names, *reversed(names)]:
        assert KEYS.ask(caching, name, QUERY).data == first[name].data
    assert codes(first["blind"]) == ["FORBIDDEN"]
    seen = {name: [p["key"] for p in first[name].data["programs"]] for name in names}
    assert seen["coral"] == ["coral-avenue"]
    assert seen["haven"] == ["block-haven"]
    assert seen["seeing"] == seen["boss"] == ["coral-avenue", "block-haven"]
    cursors = {first[name].data["referrals"]["pageInfo"]["endCursor"] for name in names}
    assert len(cursors) == len(names)
    figures = {name: first[name].data["statistics"]["totalReferrals"] for name in names}
    assert figures["coral"] + figures["haven"] == figures["seeing"]


def test_each_of_a_batch_is_the_callers(caching: Gateway) -> None:
    batch = [
        {"query": "{ referrals(first: 1) { nodes { referrer { email } } } }"},
        {"query": 'mutation { tierToggle(id: "x") { tier { id } } }'},
        {"query": '{ people(email: "a@example.com") { nodes { id } } }'},
    ]
    blind = caching.http.post("/graphql", json=batch, headers=KEYS.headers("blind")).json()
    assert [one["errors"][0]["extensions"]["code"] for one in blind] == ["FORBIDDEN"] * 3
    seeing = caching.http.post("/graphql", json=batch, headers=KEYS.headers("seeing")).json()
    assert ["errors" in one for one in seeing] == [False, True, False]
    assert caching.http.post("/graphql", json=batch).status_code == 401


def test_in_parts_too_one_error_tells_what_is_withheld(caching: Gateway) -> None:
    people = "referrals(first: 3) { nodes { referrer { name email } } }"
    query = f"{{ programs {{ key }} ... @defer {{ {people} }} ... @defer {{ leaderboard "
    query += "{ entries { person { name } } } } }"
    parts = parts_of(caching, query, KEYS.headers("blind"))
    told = list(errors_in(parts))
    assert [error["extensions"]["code"] for error in told] == ["FORBIDDEN"]
    assert not list(filled(parts, "name", "email"))
    whole = parts_of(caching, query, KEYS.headers("seeing"))
    assert not list(errors_in(whole))
    assert list(filled(whole, "name", "email"))


def errors_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from errors_in(item)
    elif isinstance(value, dict):
        yield from value.get("errors", [])
        for inner in value.values():
            yield from errors_in(inner)


def filled(value: Any, *names: str) -> Iterator[Any]:
    """The values of those fields that are not null."""
    if isinstance(value, list):
        for item in value:
            yield from filled(item, *names)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name in names and inner is not None:
                yield inner
            yield from filled(inner, *names)


def test_a_list_of_documents_binds_all_but_administrators(
    programs: tuple[ProgramConfig, ...],
) -> None:
    listed = PersistedConfig(mode="only", documents={"keys": "{ programs { key } }"})
    with running_gateway(*programs, access=KEYS.config, persisted=listed) as guarded:
        assert KEYS.ask(guarded, "blind", "{ programs { key } }").data
        assert codes(KEYS.ask(guarded, "blind", "{ __typename }")) == ["DOCUMENT_NOT_TRUSTED"]
        assert KEYS.ask(guarded, "boss", "{ __typename }").data
    with running_gateway(*programs, persisted=listed) as open_one:
        assert codes(open_one.ask("{ __typename }")) == ["DOCUMENT_NOT_TRUSTED"]


def test_each_caller_has_a_rate_of_their_own(programs: tuple[ProgramConfig, ...]) -> None:
    limits = LimitsConfig(requests_per_minute=3)
    with running_gateway(*programs, access=KEYS.config, demand=limits) as guarded:

        def statuses(name: str) -> list[int]:
            asked = [KEYS.ask(guarded, name, "{ __typename }") for _ in range(5)]
            return [answer.http.status_code for answer in asked]

        assert statuses("blind") == [200, 200, 200, 429, 429]
        assert statuses("seeing") == [200, 200, 200, 429, 429]


def test_a_browser_asks_without_a_key_what_it_may_send(
    programs: tuple[ProgramConfig, ...],
) -> None:
    origin = "https://dashboard.example.com"
    http = HttpConfig(origins=(origin,))
    with running_gateway(*programs, access=KEYS.config, http=http) as guarded:
        preflight = guarded.http.options(
            "/graphql", headers={"origin": origin, "access-control-request-method": "POST"}
        )
        assert preflight.status_code == 204
        assert "authorization" in preflight.headers["access-control-allow-headers"]
        # And it can read why it is refused then.
        refused = guarded.http.post("/graphql", json={}, headers={"origin": origin})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == origin


def test_the_schema_is_read_from_the_api_by_those_alone_who_may_ask_it(caching: Gateway) -> None:
    query = "{ __schema { queryType { name } } }"
    assert KEYS.ask(caching, "blind", query).data
    assert caching.ask(query).http.status_code == 401
    shown = caching.http.get("/schema.graphql", headers=KEYS.headers("blind"))
    assert shown.text == schema_text()


def test_no_key_gets_into_an_answer_or_a_log(caching: Gateway, logs: Logs) -> None:
    key, wrong = KEYS["boss"], KEYS["boss"][:-1] + "!"
    answers: list[httpx.Response] = [
        KEYS.ask(caching, "boss", QUERY).http,
        KEYS.ask(caching, "boss", f'{{ program(key: "{key}") {{ key }} }}').http,
        KEYS.ask(caching, "boss", "{ nonsense").http,
        caching.ask(QUERY, headers={"authorization": f"Bearer {wrong}"}).http,
        caching.ask(QUERY, headers={"authorization": key}).http,
        *(
            caching.http.get(path, headers=KEYS.headers("boss"))
            for path in ("/", "/readyz", "/graphiql", "/schema.graphql", "/nowhere")
        ),
    ]
    logged = logs.text(len(answers) - 5)
    logged += caching.http.get("/metrics", headers=KEYS.headers("boss")).text
    assert "referral_gateway_operation" in logged
    for secret in (key, wrong, *(digest.hex() for digest, _ in KEYS.config.callers)):
        assert secret not in logged
        for answer in answers:
            assert secret not in answer.text
            assert secret not in str(answer.headers)
