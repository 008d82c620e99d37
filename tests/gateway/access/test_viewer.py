"""Callers are told who they are and what they may do, each about themselves alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import AccessConfig, CacheConfig, GraphQLConfig, JwtTable
from tests.gateway.access.callers import EVERYTHING, PEOPLE, READ, WRITE, Keys, bearer, codes
from tests.gateway.access.issuer import AUDIENCE, ISSUER, KEYS, published, token
from tests.running import running_gateway

QUERY = "{ viewer { name scopes } }"
CALLERS = (
    Keys()
    .add("reader", READ)
    .add("writer", WRITE)
    .add("seeing", PEOPLE)
    .add("seeing-too", PEOPLE)
    .add("haven", PEOPLE, "block-haven")
    .add("boss", EVERYTHING)
)
TOLD = {
    "reader": ["REFERRALS_READ"],
    "writer": ["REFERRALS_READ", "REFERRALS_WRITE"],
    "seeing": ["REFERRALS_READ", "PEOPLE_READ"],
    "seeing-too": ["REFERRALS_READ", "PEOPLE_READ"],
    "haven": ["REFERRALS_READ", "PEOPLE_READ"],
    "boss": ["REFERRALS_READ", "REFERRALS_WRITE", "PEOPLE_READ", "ADMIN"],
}


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "by graphql-core"])
def test_each_key_is_told_of_itself(programs: tuple[ProgramConfig, ...], compiled: bool) -> None:
    graphql = GraphQLConfig(compiled=compiled)
    kept = CacheConfig(response_seconds=3600)
    with running_gateway(*programs, access=CALLERS.config, graphql=graphql, cache=kept) as guarded:
        # Twice, as an equal query of the same caller may be answered from memory.
        for name, scopes in [*TOLD.items(), *reversed(TOLD.items())]:
            answer = CALLERS.ask(guarded, name, QUERY)
            assert answer.data == {"viewer": {"name": name, "scopes": scopes}}
            assert not answer.errors


def test_nobody_waits_for_the_answer_of_another(programs: tuple[ProgramConfig, ...]) -> None:
    # The list takes a while, in which equal queries of equal scopes come.
    query = "{ viewer { name } referrals(first: 100) { nodes { id } } }"
    names = ["seeing", "seeing-too"] * 4
    with (
        running_gateway(*programs, access=CALLERS.config, cache=CacheConfig()) as guarded,
        ThreadPoolExecutor(len(names)) as threads,
    ):
        answers = threads.map(lambda name: CALLERS.ask(guarded, name, query), names)
        assert [answer.data["viewer"]["name"] for answer in answers] == names


def test_a_tag_of_one_caller_is_not_that_of_another(programs: tuple[ProgramConfig, ...]) -> None:
    with running_gateway(*programs, access=CALLERS.config) as guarded:
        params = {"query": QUERY}
        first = guarded.http.get("/graphql", params=params, headers=CALLERS.headers("seeing"))
        known = {"if-none-match": first.headers["etag"]}
        own = guarded.http.get(
            "/graphql", params=params, headers={**CALLERS.headers("seeing"), **known}
        )
        assert own.status_code == 304
        other = guarded.http.get(
            "/graphql", params=params, headers={**CALLERS.headers("seeing-too"), **known}
        )
        assert other.json()["data"]["viewer"]["name"] == "seeing-too"


def test_the_holder_of_a_token_is_its_subject(programs: tuple[ProgramConfig, ...]) -> None:
    rules = JwtTable(issuer=ISSUER, audience=AUDIENCE, jwks_file="keys.json")
    access = AccessConfig(jwt=rules, jwks=published(*KEYS.values()))
    with running_gateway(*programs, access=access) as guarded:
        answer = guarded.ask(QUERY, headers=bearer(token(sub="auth:emma")))
    assert answer.data == {
        "viewer": {"name": "auth:emma", "scopes": ["REFERRALS_READ", "PEOPLE_READ"]}
    }


def test_where_nobody_is_asked_everything_is_allowed(programs: tuple[ProgramConfig, ...]) -> None:
    with running_gateway(*programs) as open_one:
        assert open_one.data(QUERY) == {"viewer": {"name": None, "scopes": TOLD["boss"]}}


def test_it_costs_no_call_and_counts_as_one_object(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    with running_gateway(*programs) as open_one:
        cost = open_one.ask(QUERY, headers={"graphql-cost": "1"}).http.json()["extensions"]["cost"]
    assert (cost["calls"]["estimated"], cost["calls"]["actual"]) == (0, 0)
    assert (cost["objects"]["estimated"], cost["objects"]["actual"]) == (1, 1)
    assert piggy.count() == pixlpay.count() == 0


def test_who_may_not_ask_is_not_told(programs: tuple[ProgramConfig, ...]) -> None:
    keys = Keys().add("idle", frozenset())
    with running_gateway(*programs, access=keys.config) as guarded:
        assert guarded.ask(QUERY).http.status_code == 401
        assert codes(keys.ask(guarded, "idle", QUERY)) == ["FORBIDDEN"]
