"""Switching limits off, introspection and suggestions too."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from graphql import get_introspection_query

from gateway.config import GraphQLConfig, LimitsConfig
from tests.gateway.attacks import attacked
from tests.running import Gateway, program, running_gateway

ALL_OFF = LimitsConfig(**dict.fromkeys(msgspec.structs.asdict(LimitsConfig()), 0))
ACCEPT = {"accept": attacked.GRAPHQL}


@pytest.fixture(scope="module")
def silent() -> Iterator[Gateway]:
    """A gateway that tells nothing of its schema, over no provider."""
    graphql = GraphQLConfig(introspection=False, suggestions=False)
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    with running_gateway(nowhere, graphql=graphql) as gateway:
        yield gateway


def test_every_limit_can_be_switched_off() -> None:
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    with running_gateway(nowhere, demand=ALL_OFF) as gateway:
        names = " ".join(f"a{n}: __typename @skip(if: false)" for n in range(1000))
        assert len(gateway.data(f"{{ {names} }}")) == 1000
        assert gateway.ask("{ __typename }", headers={"x": "x" * 100_000}).data
        assert gateway.ask("{ __typename } #" + " " * 300_000).data
        deep = "programs { tiers { nodes { program { " * 4 + "key" + " } } } }" * 4
        answer = gateway.ask("{ " + deep.replace("program { programs", "program") + " }")
        assert "LIMIT_EXCEEDED" not in answer.http.text


@pytest.mark.parametrize("query", [
    get_introspection_query(),
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Query") { name } }',
    "{ ...F } fragment F on Query { ... on Query { a: __schema { queryType { name } } } }",
])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_introspection_can_be_switched_off(silent: Gateway, method: str, query: str) -> None:
    way = "params" if method == "GET" else "json"
    asked: Any = {way: {"query": query}}
    response = silent.http.request(method, "/graphql", headers=ACCEPT, **asked)
    error = attacked.error_of(response, 400)
    assert error["extensions"] == {"code": "INTROSPECTION_DISABLED"}


def test_the_schema_is_not_served_either_then(silent: Gateway) -> None:
    response = silent.http.get("/schema.graphql")
    assert response.status_code == 404
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert silent.data("{ __typename programs { __typename } }")


WRONG = [
    "{ program(key: 1) { keyy } }",
    "{ programms { key } }",
    "{ programs { nam } }",
    "{ referrals(frist: 1) { totalCount } }",
    "{ referrals(filter: { stat: PENDING }) { totalCount } }",
    "{ referrals(filter: { status: PENDINGG }) { totalCount } }",
    "{ programs { key @skipp(if: true) } }",
    "{ ...F } fragment F on Querry { __typename }",
]


@pytest.mark.parametrize("query", WRONG)
def test_suggestions_can_be_switched_off(silent: Gateway, query: str) -> None:
    response = silent.http.post("/graphql", json={"query": query}, headers=ACCEPT)
    assert response.status_code == 400
    assert "Did you mean" not in response.text


def test_values_of_variables_get_no_suggestions_either(silent: Gateway) -> None:
    query = "query ($s: ReferralFilter) { referrals(filter: $s) { totalCount } }"
    for value in ({"status": "PENDINGG"}, {"stattus": "PENDING"}):
        answer = silent.ask(query, {"s": value})
        assert answer.errors
        assert "Did you mean" not in answer.http.text


def test_suggestions_are_made_otherwise(gateway: Gateway) -> None:
    assert "Did you mean" in gateway.ask("{ programms { key } }").http.text
