"""A program's allowance: kept to, shared out in order, and covered by what is known already."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from adapters._sandbox.serving import Served, serve_in_thread
from adapters.limits import UpstreamLimits
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, UpstreamConfig
from tests.running import program, running_gateway

SOURCES = "sources { status error { code retryAfterSeconds } }"
TIERS = f"{{ told: tiers {{ nodes {{ id }} {SOURCES} }} }}"
CHECK = f"query ($code: String!) {{ told: codeValidations(code: $code) {{ {SOURCES} }} }}"
BOARD = f"{{ told: leaderboard {{ {SOURCES} }} }}"
TOGGLE = "mutation ($id: ID!) { tierToggle(id: $id) { tier { id } errors { message } } }"


@pytest.fixture
def throttled() -> PixlpaySandbox:
    """A store that refuses the 61st call in a minute."""
    return PixlpaySandbox(calls_per_minute=60)


@pytest.fixture
def served(throttled: PixlpaySandbox) -> Iterator[Served]:
    with serve_in_thread(throttled) as served:
        yield served


def store(served: Served, sandbox: PixlpaySandbox, calls_per_minute: int) -> ProgramConfig:
    return replace(
        program("block-haven", "pixlpay", served.origin, sandbox.token),
        calls_per_minute=calls_per_minute,
    )


def crowd(configured: int) -> tuple[PixlpaySandbox, list[Any]]:
    """A store that a crowd has asked through a gateway, and how it contributed to each answer."""
    throttled = PixlpaySandbox(calls_per_minute=60)
    upstream = UpstreamConfig(exchange_seconds=4, in_flight=200)
    limits = UpstreamLimits()
    with (
        serve_in_thread(throttled) as served,
        running_gateway(
            store(served, throttled, configured), upstream=upstream, limits=limits
        ) as gateway,
        ThreadPoolExecutor(60) as callers,
    ):
        gateway.data(TIERS)

        def ask(number: int) -> Any:
            query = (TIERS, CHECK, BOARD)[number % 3]
            variables = {"code": f"CODE{number}"} if query == CHECK else None
            (source,) = gateway.data(query, variables)["told"]["sources"]
            return source

        return throttled, list(callers.map(ask, range(200)))


CONFIGURED = {"configured": 60, "only told by headers": 0}


@pytest.fixture(scope="module")
def crowds() -> dict[str, tuple[PixlpaySandbox, list[Any]]]:
    """Of each configuration what came of a crowd, as all wait for their deadlines at once."""
    with ThreadPoolExecutor() as threads:
        return dict(zip(CONFIGURED, threads.map(crowd, CONFIGURED.values()), strict=True))


@pytest.mark.parametrize("configured", CONFIGURED)
def test_a_crowd_never_makes_the_provider_refuse(
    configured: str, crowds: dict[str, tuple[PixlpaySandbox, list[Any]]]
) -> None:
    throttled, sources = crowds[configured]
    assert {call.status for call in throttled.calls} == {200}
    assert 15 <= len(throttled.calls) <= 60
    refused = [source["error"] for source in sources if source["status"] != "FRESH"]
    told_when = [e["retryAfterSeconds"] for e in refused if e["code"] == "RATE_LIMITED"]
    # One that got its turn just before its deadline may be too late after all: when the machine
    # stands still, all those who wait are.
    late = [error for error in refused if error["code"] == "TIMEOUT"]
    assert len(told_when) == len(refused) - len(late)
    assert len(late) <= 10
    assert all(1 <= seconds <= 60 for seconds in told_when)


def test_a_write_waits_its_turn(served: Served, throttled: PixlpaySandbox) -> None:
    throttled.throttle.calls_per_minute = None
    limits = UpstreamLimits(minute=1.0)  # 8 a second: 2 at once, then one each sixth of a second
    with running_gateway(store(served, throttled, 8), limits=limits) as gateway:
        tier = gateway.data(TIERS)["told"]["nodes"][0]["id"]
        gateway.data(BOARD)
        started = time.monotonic()
        payload = gateway.data(TOGGLE, {"id": tier})["tierToggle"]
        assert time.monotonic() - started >= 0.1
    assert payload == {"tier": {"id": tier}, "errors": []}
    assert throttled.count("/toggle", "POST") == 1


def test_a_write_that_would_wait_too_long_is_refused_unsent(
    served: Served, throttled: PixlpaySandbox
) -> None:
    upstream = UpstreamConfig(exchange_seconds=5)
    with running_gateway(store(served, throttled, 4), upstream=upstream) as gateway:
        tier = gateway.data(TIERS)["told"]["nodes"][0]["id"]
        (error,) = gateway.data(TOGGLE, {"id": tier})["tierToggle"]["errors"]
    assert "not known" not in error["message"]
    assert len(throttled.calls) == 1


def test_what_is_known_already_covers_a_spent_allowance(
    served: Served, throttled: PixlpaySandbox
) -> None:
    # Everything is old at once, and nothing is renewed behind an answer.
    limits = UpstreamLimits(renewed=0.0)
    upstream = UpstreamConfig(exchange_seconds=5)
    cache = CacheConfig(fresh_seconds=1e-9)
    with running_gateway(
        store(served, throttled, 4), limits=limits, upstream=upstream, cache=cache
    ) as gateway:
        first, second = (gateway.data(TIERS)["told"] for _ in range(2))
    assert second["nodes"] == first["nodes"]
    (source,) = second["sources"]
    assert (source["status"], source["error"]["code"]) == ("STALE", "RATE_LIMITED")
    assert source["error"]["retryAfterSeconds"] >= 1
    assert len(throttled.calls) == 1
