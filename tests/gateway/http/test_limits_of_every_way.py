"""Limits hold alike however an operation is asked for."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from gateway.config import HttpConfig, LimitsConfig
from tests.running import Gateway, program, running_gateway

GRAPHQL = "application/graphql-response+json"
PARTS = "multipart/mixed"

DEEP = "{ programs { provider { key } health { lastError { code } } } }"
DEAR = '{ people(email: "nobody@example.com") { nodes { id } } }'  # a call
TOLD = {"graphql-cost": "1"}


@pytest.fixture(scope="module")
def small() -> Iterator[Gateway]:
    """A gateway that takes next to nothing, over no provider."""
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    demand = LimitsConfig(depth=3, calls=2)
    with running_gateway(nowhere, demand=demand, http=HttpConfig(batch=5)) as gateway:
        yield gateway


def limit_in(content: dict[str, Any]) -> str:
    assert "data" not in content
    (error,) = content["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    limit = error["extensions"]["limit"]
    assert isinstance(limit, str)
    return limit


def test_by_its_hash(small: Gateway) -> None:
    named = {"version": 1, "sha256Hash": sha256(DEEP.encode()).hexdigest()}
    body = {"extensions": {"persistedQuery": named}}
    for asked in ({**body, "query": DEEP}, body):
        response = small.http.post("/graphql", json=asked, headers={"accept": GRAPHQL})
        assert response.status_code == 400
        assert limit_in(response.json()) == "depth"


def test_in_parts(small: Gateway) -> None:
    query = "{ programs { key ... @defer { health { lastError { code } } } } }"
    response = small.http.post("/graphql", json={"query": query}, headers={"accept": PARTS})
    assert limit_in(response.json()) == "depth"


def test_in_a_batch_each_alone(small: Gateway) -> None:
    batch = [{"query": DEEP}, {"query": "{ __typename }"}]
    refused, answered = small.http.post("/graphql", json=batch).json()
    assert limit_in(refused) == "depth"
    assert answered == {"data": {"__typename": "Query"}}


def test_in_a_batch_all_that_it_costs_together(small: Gateway) -> None:
    within = small.http.post("/graphql", json=[{"query": DEAR}] * 2)
    assert [list(answer) for answer in within.json()] == [["data"]] * 2
    beyond = small.http.post("/graphql", json=[{"query": DEAR}] * 3, headers={"accept": GRAPHQL})
    assert beyond.status_code == 400
    assert limit_in(beyond.json()) == "calls"


def test_what_each_operation_of_a_batch_cost_is_told(small: Gateway) -> None:
    batch = [{"query": DEAR}, {"query": "{ __typename }"}]
    answers = small.http.post("/graphql", json=batch, headers=TOLD).json()
    calls = [answer["extensions"]["cost"]["calls"] for answer in answers]
    assert [told["estimated"] for told in calls] == [1, 0]
    assert [told["actual"] for told in calls] == [1, 0]


def test_an_answer_that_tells_its_cost_comes_whole(small: Gateway) -> None:
    query = "{ programs { key ... @defer { name } } }"
    response = small.http.post("/graphql", json={"query": query}, headers={**TOLD, "accept": PARTS})
    content = response.json()
    assert content["data"]["programs"] == [{"key": "coral-avenue", "name": "Coral Avenue"}]
    assert content["extensions"]["cost"]["objects"]["actual"] == 1
