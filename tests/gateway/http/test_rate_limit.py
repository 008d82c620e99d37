"""How much one caller may ask for in a minute."""

from typing import Any

import httpx
import pytest

from gateway.config import AccessConfig, Config, HttpConfig, LimitsConfig
from gateway.execution.cost import Cost
from gateway.http.exchange import BadRequest
from gateway.http.rate_limit import MOST_KEYS, MemoryRates, RateLimit, requests_of
from tests.gateway.access.callers import READ, Keys
from tests.running import program, running_gateway


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_what_was_taken_comes_back_evenly() -> None:
    clock = Clock()
    rates = MemoryRates(clock)
    assert [rates.take("a", 1, 6, 60.0) for _ in range(6)] == [0.0] * 6
    assert rates.take("a", 1, 6, 60.0) == pytest.approx(10)
    assert rates.take("a", 3, 6, 60.0) == pytest.approx(30)
    clock.now += 30
    assert rates.take("a", 3, 6, 60.0) == 0.0
    assert rates.take("a", 1, 6, 60.0) == pytest.approx(10)


def test_keys_have_nothing_to_do_with_each_other() -> None:
    rates = MemoryRates(Clock())
    assert rates.take("a", 6, 6, 60.0) == 0.0
    assert rates.take("b", 6, 6, 60.0) == 0.0


def test_what_weighs_more_than_everything_takes_everything() -> None:
    clock = Clock()
    rates = MemoryRates(clock)
    assert rates.take("a", 1000, 6, 60.0) == 0.0
    assert rates.take("a", 1000, 6, 60.0) == pytest.approx(60)
    clock.now += 60
    assert rates.take("a", 1000, 6, 60.0) == 0.0


def test_a_bounded_number_of_keys_is_kept() -> None:
    rates = MemoryRates(Clock())
    for n in range(MOST_KEYS + 50):
        assert rates.take(str(n), 1, 1, 60.0) == 0.0
    assert len(rates._whole_at) == MOST_KEYS


@pytest.mark.anyio
async def test_a_refusal_tells_the_limit_and_when_to_come_again() -> None:
    limit = RateLimit(60, MemoryRates(Clock()))
    await limit.take("a", 58)
    with pytest.raises(BadRequest) as refusal:
        await limit.take("a", 5)
    assert refusal.value.status == 429
    assert refusal.value.headers == ((b"retry-after", b"3"),)
    assert refusal.value.extensions == {
        "code": "LIMIT_EXCEEDED",
        "limit": "requests_per_minute",
        "maximum": 60,
        "actual": 63,
    }


@pytest.mark.anyio
async def test_without_a_limit_anything_goes() -> None:
    limit = RateLimit(0, MemoryRates(Clock()))
    for _ in range(3):
        await limit.take("a", 10**9)


def test_what_may_cost_many_calls_counts_several_times() -> None:
    assert [requests_of(Cost(calls, 0)) for calls in (0, 1, 10, 11, 1000)] == [1, 1, 1, 2, 100]


def test_so_does_what_has_a_large_answer() -> None:
    sizes = [(0, 0), (1000, 0), (500, 500), (500, 501), (50_000, 100_000)]
    assert [requests_of(Cost(1, *size)) for size in sizes] == [1, 1, 1, 2, 150]


def limit_of(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 429
    (error,) = response.json()["errors"]
    assert 1 <= int(response.headers["retry-after"]) <= 60
    extensions = error["extensions"]
    assert isinstance(extensions, dict)
    return extensions


DEAR = "{ statistics { totalReferrals } }"  # a walk of fifty pages: five requests


@pytest.mark.parametrize("way", ["POST", "GET", "batch", "not JSON"])
def test_over_http_it_holds_for_every_way_to_ask(way: str) -> None:
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    demand = LimitsConfig(requests_per_minute=8)
    with running_gateway(nowhere, demand=demand, http=HttpConfig(batch=5)) as gateway:
        http = gateway.http
        assert http.post("/graphql", json={"query": DEAR}).status_code == 200
        for _ in range(3):
            assert http.post("/graphql", json={"query": "{ __typename }"}).status_code == 200
        match way:
            case "POST":
                response = http.post("/graphql", json={"query": "{ __typename }"})
            case "GET":
                response = http.get("/graphql", params={"query": "{ __typename }"})
            case "batch":
                response = http.post("/graphql", json=[{"query": "{ __typename }"}] * 2)
            case _:
                response = http.post("/graphql", content=b"{", headers={"content-type": "x/y"})
        told = limit_of(response)
        assert (told["limit"], told["maximum"], told["actual"]) == ("requests_per_minute", 8, 9)


def test_a_dear_operation_is_refused_where_a_cheap_one_is_not() -> None:
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    with running_gateway(nowhere, demand=LimitsConfig(requests_per_minute=8)) as gateway:
        assert gateway.http.post("/graphql", json={"query": DEAR}).status_code == 200
        limit_of(gateway.http.post("/graphql", json={"query": DEAR}))
        assert gateway.data("{ __typename }") == {"__typename": "Query"}


def test_what_weighs_more_than_the_limit_is_taken_when_nothing_else_was() -> None:
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    with running_gateway(nowhere, demand=LimitsConfig(requests_per_minute=4)) as gateway:
        assert gateway.http.post("/graphql", json={"query": DEAR}).status_code == 200
        limit_of(gateway.http.post("/graphql", json={"query": "{ __typename }"}))


def test_callers_have_a_limit_and_an_open_gateway_none_unless_it_is_set() -> None:
    keys = Keys().add("one", READ).config
    for access, configured, expected in [
        (AccessConfig(), None, 0),
        (AccessConfig(), 8, 8),
        (keys, None, 600),
        (keys, 0, 0),
        (keys, 8, 8),
    ]:
        demand = LimitsConfig(requests_per_minute=configured)
        assert Config((), access=access, demand=demand).requests_per_minute == expected


def test_a_caller_who_goes_on_asking_is_refused_after_six_hundred() -> None:
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    keys = Keys().add("one", READ)
    batch = [{"query": "{ __typename }"}] * 10
    with running_gateway(nowhere, access=keys.config, http=HttpConfig(batch=10)) as gateway:
        headers = keys.headers("one")
        taken = 0
        while (asked := gateway.http.post("/graphql", json=batch, headers=headers)).is_success:
            taken += len(batch)
            assert taken < 6000  # what comes back meanwhile on a busy machine is far less
        assert taken >= 600
        assert limit_of(asked)["maximum"] == 600
