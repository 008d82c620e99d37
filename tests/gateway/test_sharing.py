"""Gateways that share through Redis or Valkey, as their callers and their providers see it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, LimitsConfig
from tests.gateway.access.callers import READ, Keys
from tests.gateway.test_mutations_idempotency import create
from tests.redis_server import RedisServer, needs_redis
from tests.running import Gateway, program, running_gateway
from tests.waiting import until

pytestmark = needs_redis

TIERS = """{ program(key: "block-haven") { tiers { nodes { id isActive } } } }"""
CHECK = '{ codeValidations(code: "ABC12345") { nodes { isValid } } }'
TOGGLE = "mutation ($id: ID!) { tierToggle(id: $id) { tier { id } } }"


@pytest.fixture
def gateways(
    programs: tuple[ProgramConfig, ...], redis: RedisServer
) -> Iterator[tuple[Gateway, Gateway]]:
    """Two gateways over the same programs that share a server."""
    cache = CacheConfig(response_seconds=0)
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(running_gateway(*programs, cache=cache, redis_url=redis.url))
            for _ in range(2)
        )
        yield one, other


def shared_cache(gateway: Gateway) -> Any:
    return gateway.http.get("/readyz").json()["shared_cache"]


def test_what_one_has_read_costs_the_other_no_call(
    gateways: tuple[Gateway, Gateway], piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    query = """{ programs { settings { referrerIncentive { summary } } } referrals(first: 5) {
      nodes { id status referrer { name } } sources { status fetchedAt } } }"""
    first = gateways[0].data(query)
    piggy.forget_calls()
    pixlpay.forget_calls()
    assert gateways[1].data(query) == first
    assert (piggy.calls, pixlpay.calls) == ([], [])


def test_equal_cold_queries_everywhere_are_one_call(
    gateways: tuple[Gateway, Gateway], pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault(kind="slow", seconds=0.5, path="/tiers"))
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: gateways[n % 2].data(TIERS), range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert pixlpay.count("/tiers") == 1


def test_a_change_at_one_is_seen_at_the_other(
    gateways: tuple[Gateway, Gateway], pixlpay: PixlpaySandbox
) -> None:
    one, other = gateways
    (before, *_) = other.data(TIERS)["program"]["tiers"]["nodes"]
    one.data(TOGGLE, {"id": before["id"]})
    until(
        lambda: (
            other.data(TIERS)["program"]["tiers"]["nodes"][0]["isActive"] is not before["isActive"]
        )
    )
    assert pixlpay.count("/tiers", "GET") <= 3


def test_a_change_at_one_ends_the_walks_of_the_other(
    gateways: tuple[Gateway, Gateway], pixlpay: PixlpaySandbox
) -> None:
    one, other = gateways
    timeline = """{ program(key: "block-haven") { timeline(
      from: "2025-01-01", to: "2025-01-31", interval: MONTH) { points { referred } } } }"""
    other.data(timeline)
    pixlpay.forget_calls()
    other.data(timeline)
    assert pixlpay.count("/referrals") == 0
    one.data(TOGGLE, {"id": one.data(TIERS)["program"]["tiers"]["nodes"][0]["id"]})

    def is_walked_again() -> bool:
        other.data(timeline)
        return pixlpay.count("/referrals") > 0

    until(is_walked_again)


def test_an_idempotency_key_holds_at_all_of_them(
    gateways: tuple[Gateway, Gateway], pixlpay: PixlpaySandbox
) -> None:
    one, other = gateways
    pixlpay.faults.add(Fault(kind="slow", seconds=0.5, method="POST", times=1))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: create(gateways[n % 2], "a"), range(10)))
    assert len({answer.data["tierCreate"]["tier"]["id"] for answer in answers}) == 1
    assert create(other, "a").data == create(one, "a").data == answers[0].data
    assert create(other, "a", name="Platinum").http.status_code == 422
    assert pixlpay.count("/tiers", "POST") == 1


def test_a_request_that_was_wrong_leaves_its_key_free(gateways: tuple[Gateway, Gateway]) -> None:
    one, other = gateways
    too_long = create(one, "a", name="x" * 256)
    assert too_long.data["tierCreate"]["errors"]
    assert create(other, "a", name="Gold").data["tierCreate"]["tier"]["name"] == "Gold"
    nothing = "mutation ($id: ID!) { tierToggle(id: $id) { tier { id } } }"
    for _ in range(2):
        answer = one.ask(nothing, {}, {"Idempotency-Key": "b"})
        assert answer.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_change_that_found_no_place_leaves_its_key_free(
    programs: tuple[ProgramConfig, ...], redis: RedisServer, pixlpay: PixlpaySandbox
) -> None:
    one_at_once = LimitsConfig(concurrency=1, queue=0)
    with (
        running_gateway(
            *programs,
            demand=one_at_once,
            cache=CacheConfig(response_seconds=0),
            redis_url=redis.url,
        ) as gateway,
        ThreadPoolExecutor(1) as pool,
    ):
        (tier, *_) = gateway.data(TIERS)["program"]["tiers"]["nodes"]
        toggled = partial(gateway.ask, TOGGLE, {"id": tier["id"]}, {"Idempotency-Key": "a"})
        pixlpay.faults.add(Fault(kind="slow", seconds=1.0, path="/validate", times=1))
        busy = pool.submit(gateway.data, CHECK)
        until(lambda: pixlpay.count("/validate") == 1)
        assert toggled().http.status_code == 503
        busy.result(30)
        assert toggled().data == {"tierToggle": {"tier": {"id": tier["id"]}}}


def test_a_server_that_hangs_slows_nobody_down_for_long(
    gateways: tuple[Gateway, Gateway], redis: RedisServer
) -> None:
    one, _ = gateways
    assert shared_cache(one) == "up"
    redis.hang()
    started = time.monotonic()
    for _ in range(20):
        one.data(TIERS)
        one.data(CHECK)
    assert time.monotonic() - started < 5
    assert shared_cache(one) == "down"
    redis.wake()
    until(lambda: shared_cache(one) == "up")


def test_a_caller_has_one_rate_at_all_of_them(redis: RedisServer) -> None:
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    keys = Keys().add("one", READ).add("other", READ)
    demand = LimitsConfig(requests_per_minute=4)

    def statuses(*asked: Gateway, name: str = "one") -> list[int]:
        return [keys.ask(gateway, name, "{ __typename }").http.status_code for gateway in asked]

    with ExitStack() as stack:
        one, other = (
            stack.enter_context(
                running_gateway(nowhere, access=keys.config, demand=demand, redis_url=redis.url)
            )
            for _ in range(2)
        )
        assert statuses(one, other, one, other) == [200] * 4
        assert statuses(one, other) == [429] * 2
        assert statuses(one, other, name="other") == [200] * 2
        # Without the server each counts alone.
        redis.kill()
        assert statuses(*[one] * 5, *[other] * 5) == [*[200] * 4, 429] * 2


def test_no_secret_is_kept_there(
    gateways: tuple[Gateway, Gateway],
    redis: RedisServer,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
) -> None:
    email = "emma.jansen@example.com"
    gateways[0].data("query ($e: String!) { people(email: $e) { nodes { id } } }", {"e": email})
    create(gateways[0], "key-of-mine")
    # An answer is kept there behind the one that it was read for.
    until(lambda: b"entry:" in redis.content())
    content = redis.content()
    for secret in (piggy.token, pixlpay.token, "key-of-mine"):
        assert secret.encode() not in content
    assert email.encode() not in b"\n".join(redis.names())


def test_where_nothing_is_shared_readiness_says_so(gateway: Gateway) -> None:
    assert shared_cache(gateway) == "off"
