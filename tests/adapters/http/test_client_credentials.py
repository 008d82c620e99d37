"""Piggy's deprecated client credentials: an id and a secret are traded for a token."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters._http.clock import Clock
from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served
from adapters.contract.connecting import STEADY
from adapters.errors import (
    MalformedResponse,
    ProviderError,
    RateLimited,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from adapters.piggy import PiggyProvider
from adapters.piggy.sandbox import PiggySandbox
from adapters.provider import ProgramConfig
from tests.sandboxes.clock import Clock as Seconds

pytestmark = pytest.mark.anyio

TOKEN = "/oauth/token"


@pytest.fixture
def seconds() -> Seconds:
    """The time at the gateway."""
    return Seconds()


@pytest.fixture
def vendors_seconds() -> Seconds:
    """The time at the vendor."""
    return Seconds()


@pytest.fixture
def piggy(vendors_seconds: Seconds) -> PiggySandbox:
    return PiggySandbox(calls_per_minute=None, clock=vendors_seconds)


@asynccontextmanager
async def signing_in(
    served: Served, seconds: Seconds, **changes: Any
) -> AsyncIterator[PiggyProvider]:
    """A provider with client credentials."""
    config = ProgramConfig(
        **{
            "key": "coral",
            "name": "Coral",
            "provider": "piggy",
            "base_url": served.origin,
            "client_id": "sandbox-client",
            "client_secret": "sandbox-secret",
            "limits": STEADY,
            **changes,
        }
    )
    clock = Clock(monotonic=seconds, now=lambda: datetime.now(UTC))
    provider = PiggyProvider(config, clock=clock)
    try:
        yield provider
    finally:
        await provider.aclose()


async def test_twenty_calls_at_once_ask_for_one_token(
    piggy: PiggySandbox, served_piggy: Served, seconds: Seconds
) -> None:
    async with signing_in(served_piggy, seconds) as coral:
        await asyncio.gather(*(coral.settings() for _ in range(20)))
        await coral.settings()
    assert (piggy.count(TOKEN), piggy.count("/settings")) == (1, 21)
    assert piggy.calls[0].body == {
        "grant_type": "client_credentials",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
    }


async def test_a_token_is_renewed_a_minute_before_it_ends(
    piggy: PiggySandbox, served_piggy: Served, seconds: Seconds, vendors_seconds: Seconds
) -> None:
    async with signing_in(served_piggy, seconds) as coral:
        await coral.settings()
        for clock in (seconds, vendors_seconds):
            clock.seconds += 3600 - 61
        await coral.settings()
        assert piggy.count(TOKEN) == 1
        for clock in (seconds, vendors_seconds):
            clock.seconds += 1
        await asyncio.gather(*(coral.settings() for _ in range(20)))
    # Not one call was refused, so nobody had to find out.
    assert piggy.count(TOKEN) == 2
    assert {call.status for call in piggy.calls} == {200}


async def test_a_token_that_is_refused_is_renewed_once(
    piggy: PiggySandbox, served_piggy: Served, seconds: Seconds, vendors_seconds: Seconds
) -> None:
    async with signing_in(served_piggy, seconds) as coral:
        await coral.settings()
        vendors_seconds.seconds += 3600
        readings = await asyncio.gather(*(coral.settings() for _ in range(20)))
        assert all(reading.value for reading in readings)
        assert piggy.count(TOKEN) == 2

        # Refused again with the new one: that is the answer.
        piggy.faults.add(Fault("status", status=401, path="/settings"))
        piggy.forget_calls()
        with pytest.raises(Unauthenticated):
            await coral.settings()
    assert (piggy.count(TOKEN), piggy.count("/settings")) == (1, 2)


async def test_a_token_of_configuration_is_not_renewed(
    piggy: PiggySandbox, served_piggy: Served, seconds: Seconds
) -> None:
    async with signing_in(served_piggy, seconds, token="wrong") as coral:
        with pytest.raises(Unauthenticated):
            await coral.settings()
    assert [call.path.endswith("/settings") for call in piggy.calls] == [True]


async def test_a_wrong_secret_is_unauthenticated_and_nothing_else_is_asked(
    piggy: PiggySandbox, served_piggy: Served, seconds: Seconds
) -> None:
    async with signing_in(served_piggy, seconds, client_secret="wrong") as coral:
        with pytest.raises(Unauthenticated) as caught:
            await coral.settings()
    assert (caught.value.upstream_status, caught.value.was_sent) == (401, False)
    assert piggy.count() == piggy.count(TOKEN) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        (Fault("status", status=500), Unavailable, 500),
        (Fault("rate_limited", retry_after=9), RateLimited, 429),
        (Fault("drop"), Unavailable, None),
        (Fault("html", status=200), MalformedResponse, 200),
        (Fault("wrong_shape", body='{"access_token": "two\\nlines"}'), MalformedResponse, 200),
        (Fault("wrong_shape", body='{"access_token": ""}'), MalformedResponse, 200),
        (
            Fault("wrong_shape", body='{"access_token": "t", "expires_in": "soon"}'),
            MalformedResponse,
            200,
        ),
        (Fault("oversized", megabytes=9), MalformedResponse, None),
        (Fault("redirect"), Unauthenticated, 302),
    ],
    ids=lambda value: f"{value.kind}-{value.body}" if isinstance(value, Fault) else None,
)
async def test_a_failure_of_the_token_endpoint_is_of_its_kind_and_nothing_was_sent(
    piggy: PiggySandbox,
    served_piggy: Served,
    seconds: Seconds,
    fault: Fault,
    kind: type[ProviderError],
    status: int | None,
) -> None:
    piggy.faults.add(fault)
    async with signing_in(served_piggy, seconds) as coral:
        with pytest.raises(ProviderError) as caught:
            await coral.settings()
        error = caught.value
        assert (type(error), error.upstream_status) == (kind, status)
        assert error.retry_after_seconds == fault.retry_after
        assert not error.was_sent
        # It heals by itself.
        piggy.faults.clear()
        assert (await coral.settings()).value is not None


async def test_a_silent_token_endpoint_keeps_nobody_longer_than_one_deadline(
    piggy: PiggySandbox, served_piggy: Served, seconds: Seconds
) -> None:
    piggy.faults.add(Fault("hang", path=TOKEN))
    async with signing_in(served_piggy, seconds, limits=replace(STEADY, exchange=0.2)) as coral:
        started = time.monotonic()
        outcomes = await asyncio.gather(
            *(coral.settings() for _ in range(100)), return_exceptions=True
        )
    assert time.monotonic() - started < 10
    assert {type(outcome) for outcome in outcomes} == {TimedOut}
    assert piggy.count(TOKEN) == 1


async def test_a_caller_who_leaves_does_not_take_the_token_along(
    piggy: PiggySandbox, served_piggy: Served, seconds: Seconds
) -> None:
    piggy.faults.add(Fault("hang", path=TOKEN))
    async with signing_in(served_piggy, seconds) as coral:
        first, second = (asyncio.ensure_future(coral.settings()) for _ in range(2))
        while not piggy.calls and not first.done():
            await asyncio.wait({first}, timeout=0.005)
        first.cancel()
        piggy.faults.clear()
        assert (await second).value is not None
        assert first.cancelled()
    assert piggy.count(TOKEN) == 1


async def test_neither_secret_nor_token_is_logged(
    piggy: PiggySandbox, served_piggy: Served, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with signing_in(served_piggy, seconds) as coral:
        await coral.settings()
        shown = repr(coral.config)
    async with signing_in(served_piggy, seconds, client_secret="wrong-secret") as coral:
        with pytest.raises(Unauthenticated) as caught:
            await coral.settings()
    (token,) = piggy._issued
    for secret in ("sandbox-secret", "wrong-secret", token, token[:20]):
        assert secret not in caplog.text + shown + repr(caught.value) + repr(vars(caught.value))
