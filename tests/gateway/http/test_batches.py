"""Lists of requests in one body."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import HttpConfig
from tests.running import Gateway, running_gateway
from tests.waiting import until

GRAPHQL = "application/graphql-response+json"
QUERY = {"query": "{ __typename }"}
ANSWER = {"data": {"__typename": "Query"}}
TOGGLE = "mutation ($id: ID!) { tierToggle(id: $id) { tier { isActive } errors { message } } }"


@pytest.fixture
def gateway(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    """One that takes three operations at once."""
    with running_gateway(*programs, http=HttpConfig(batch=3)) as running:
        yield running


def test_answers_come_in_the_order_of_the_batch(gateway: Gateway) -> None:
    batch = [
        {"query": "query ($key: String!) { program(key: $key) { key } }", "variables": {"key": key}}
        for key in ("block-haven", "coral-avenue", "none")
    ]
    response = gateway.http.post("/graphql", json=batch)
    assert response.status_code == 200
    assert response.json() == [
        {"data": {"program": {"key": "block-haven"}}},
        {"data": {"program": {"key": "coral-avenue"}}},
        {"data": {"program": None}},
    ]


def test_one_is_a_batch_too(gateway: Gateway) -> None:
    assert gateway.http.post("/graphql", json=[QUERY]).json() == [ANSWER]
    assert gateway.http.post("/graphql", json=QUERY).json() == ANSWER


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
def test_what_fails_fails_alone(gateway: Gateway, pixlpay: PixlpaySandbox, accept: str) -> None:
    pixlpay.faults.add(Fault("status"))
    batch = [QUERY, {"query": "{ nothing }"}, {"query": "{"}]
    response = gateway.http.post("/graphql", json=batch, headers={"accept": accept})
    assert response.status_code == 200
    first, *failed = response.json()
    assert first == ANSWER
    codes = [error["extensions"]["code"] for one in failed for error in one["errors"]]
    assert codes == ["GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"]
    needed = {"query": "query ($key: String!) { program(key: $key) { key } }"}
    settings = {"query": '{ program(key: "block-haven") { settings { isEnabled } } }'}
    answers = gateway.http.post("/graphql", json=[needed, settings, QUERY]).json()
    assert [sorted(one) for one in answers] == [["errors"], ["data", "errors"], ["data"]]


@pytest.mark.parametrize(
    "batch",
    [[], [QUERY] * 4, [None], ["x"], [[QUERY]], [QUERY, 1], [{}], [QUERY, {"query": 1}]],
    ids=str,
)
def test_what_is_no_batch_is_refused_whole(gateway: Gateway, batch: list[Any]) -> None:
    response = gateway.http.post("/graphql", json=batch)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}


def test_without_the_setting_there_are_no_batches(idle: Gateway) -> None:
    assert idle.http.post("/graphql", json=[QUERY]).status_code == 400


def test_queries_run_at_once(gateway: Gateway, piggy: PiggySandbox) -> None:
    piggy.faults.add(Fault("hang"))
    batch = [
        {"query": f'{{ program(key: "coral-avenue") {{ {field} }} }}'}
        for field in ("settings { isEnabled }", "tiers { nodes { id } }")
    ]
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(gateway.http.post, "/graphql", json=batch)
        until(lambda: piggy.count() == 2)  # the second does not wait for the first
        piggy.faults.clear()
        assert all("errors" not in one for one in answer.result().json())


def test_with_a_mutation_one_runs_after_the_other(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    read = '{ program(key: "block-haven") { tiers { nodes { id isActive } } } }'
    tier = gateway.data(read)["program"]["tiers"]["nodes"][0]
    toggle = {"query": TOGGLE, "variables": {"id": tier["id"]}}
    before, toggled, after = gateway.http.post(
        "/graphql", json=[{"query": read}, toggle, {"query": read}]
    ).json()
    found = [one["data"]["program"]["tiers"]["nodes"][0]["isActive"] for one in (before, after)]
    assert found == [tier["isActive"], not tier["isActive"]]
    assert toggled["data"]["tierToggle"]["errors"] == []
    assert pixlpay.count(method="POST") == 1


def test_a_key_goes_with_one_operation(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    toggle = {"query": TOGGLE, "variables": {"id": "x"}}
    headers = {"idempotency-key": "k"}
    response = gateway.http.post("/graphql", json=[toggle], headers=headers)
    assert response.status_code == 400
    assert pixlpay.count() == 0
