"""What comes of every way in which a provider may fail, the same for every provider."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from adapters._sandbox.exchange import Exchange
from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.contract.conftest import PROGRAM, Vendor, sandbox_of
from adapters.contract.connecting import STEADY, connected
from adapters.errors import (
    Forbidden,
    InvalidInput,
    MalformedResponse,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from adapters.limits import CircuitLimits
from adapters.provider import Provider, Reading

pytestmark = pytest.mark.anyio


Reads = tuple[Callable[[], Awaitable[Any]], ...]


@pytest.fixture
async def reads(provider: Provider, vendor: Vendor) -> Reads:
    """What every provider can be asked, all of it there to be found."""
    return await reads_of(provider, vendor)


async def reads_of(provider: Provider, vendor: Vendor) -> Reads:
    somebody = (await provider.referrals(None, 1)).value.items[0].referred
    assert somebody is not None
    id_ = somebody.provider_id

    async def profile() -> Any:
        """Failures of these are values."""
        reading = (await provider.people([id_]))[id_]
        if isinstance(reading, ProviderError):
            raise reading
        return reading

    vendor.sandbox.forget_calls()
    return (lambda: provider.referrals(None, 1), provider.settings, profile)


ANSWERS = [
    (Fault("status", status=401), Unauthenticated, 401),
    (Fault("status", status=403), Forbidden, 403),
    (Fault("status", status=418, body="{}"), Rejected, 418),
    (Fault("status", status=422), InvalidInput, 422),
    (Fault("status", status=429), RateLimited, 429),
    (Fault("status", status=500), Unavailable, 500),
    (Fault("status", status=502), Unavailable, 502),
    (Fault("status", status=503), Unavailable, 503),
    (Fault("status", status=504), Unavailable, 504),
    (Fault("html"), Unavailable, 502),
    (Fault("html", status=200), MalformedResponse, 200),
    (Fault("html", status=404), NotFound, 404),
    (Fault("truncated_json"), MalformedResponse, 200),
    (Fault("garbage"), MalformedResponse, 200),
    (Fault("garbage", body="[" * 100_000), MalformedResponse, 200),
    (Fault("empty"), MalformedResponse, 200),
    (Fault("empty", status=204), MalformedResponse, 204),
    (Fault("wrong_shape"), MalformedResponse, 200),
    (Fault("wrong_shape", body="null"), MalformedResponse, 200),
    (Fault("wrong_shape", body='[{"data": []}]'), MalformedResponse, 200),
    (Fault("wrong_shape", body="{}"), MalformedResponse, 200),
    (Fault("wrong_shape", body='{"data": [7]}'), MalformedResponse, 200),
    (Fault("truncated_body"), Unavailable, None),
    (Fault("drop"), Unavailable, None),
    (Fault("oversized", megabytes=9), MalformedResponse, None),
]


def label(value: object) -> str | None:
    if isinstance(value, Fault):
        return "-".join(str(part) for part in (value.kind, value.status, value.body) if part)[:40]
    return None


@pytest.mark.parametrize(("fault", "kind", "status"), ANSWERS, ids=label)
async def test_a_failure_is_of_its_kind(
    reads: Reads,
    vendor: Vendor,
    fault: Fault,
    kind: type[ProviderError],
    status: int | None,
) -> None:
    vendor.sandbox.faults.add(fault)
    # Who is not found is nobody, and after a 429 the others would have to wait.
    for read in reads[:1] if kind in (NotFound, RateLimited) else reads:
        with pytest.raises(ProviderError) as caught:
            await read()
        error = caught.value
        assert (type(error), error.upstream_status) == (kind, status)
        assert (error.program_key, error.provider_key) == (PROGRAM, vendor.provider.key)
        assert error.was_sent
        assert error.retry_after_seconds is None
    assert {call.method for call in vendor.sandbox.calls} == {"GET"}


async def test_a_success_that_says_it_failed_is_none(reads: Reads, vendor: Vendor) -> None:
    vendor.sandbox.faults.add(Fault("soft_failure"))
    for read in reads:
        with pytest.raises((Rejected, MalformedResponse)) as caught:
            await read()
        assert caught.value.upstream_status == 200


async def test_who_is_not_found_is_nobody_and_no_failure(
    provider: Provider, vendor: Vendor
) -> None:
    somebody = (await provider.referrals(None, 1)).value.items[0].referred
    assert somebody is not None
    vendor.sandbox.faults.add(Fault("status", status=404))
    (reading,) = (await provider.people([somebody.provider_id])).values()
    assert isinstance(reading, Reading)
    assert reading.value is None


async def test_a_wait_is_passed_on_in_seconds(provider: Provider, vendor: Vendor) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    vendor.sandbox.faults.add(Fault("status", status=503, retry_after=soon, times=1))
    with pytest.raises(Unavailable) as unavailable:
        await provider.settings()
    assert unavailable.value.retry_after_seconds is not None
    assert 80 <= unavailable.value.retry_after_seconds <= 91

    vendor.sandbox.faults.add(Fault("rate_limited", retry_after=7))
    with pytest.raises(RateLimited) as limited:
        await provider.settings()
    assert limited.value.retry_after_seconds == 7


async def test_without_a_token_no_call_is_made(vendor: Vendor) -> None:
    async with connected(replace(vendor.config, token="")) as provider:
        with pytest.raises(Unauthenticated) as caught:
            await provider.settings()
    assert not caught.value.was_sent
    assert vendor.sandbox.calls == []


async def test_a_wrong_token_is_told_by_the_vendor(vendor: Vendor) -> None:
    async with connected(replace(vendor.config, token="wrong")) as provider:
        with pytest.raises(Unauthenticated) as caught:
            await provider.settings()
    assert caught.value.upstream_status == 401
    assert len(vendor.sandbox.calls) == 1


async def test_a_refused_connection_was_certainly_not_sent_and_comes_back(
    provider: Provider, vendor: Vendor
) -> None:
    await provider.settings()
    vendor.served.stop()
    with pytest.raises(Unavailable) as caught:
        await provider.settings()
    assert not caught.value.was_sent
    assert caught.value.upstream_status is None
    # The kept connection is known to be dead: the next call opens another.
    with serve_in_thread(vendor.sandbox, port=vendor.served.port):
        assert (await provider.settings()).value is not None


async def test_a_kept_connection_that_is_dropped_was_sent(
    provider: Provider, vendor: Vendor
) -> None:
    await provider.settings()
    vendor.sandbox.faults.add(Fault("drop", times=1))
    with pytest.raises(Unavailable) as caught:
        await provider.settings()
    assert caught.value.was_sent
    assert (await provider.settings()).value is not None


async def test_silence_ends_at_the_deadline(vendor: Vendor) -> None:
    async with hurried(vendor) as provider:
        reads = await reads_of(provider, vendor)
        vendor.sandbox.faults.add(Fault("hang"))
        for read in reads:
            started = time.monotonic()
            with pytest.raises(TimedOut) as caught:
                await read()
            assert time.monotonic() - started < 20
            assert caught.value.was_sent


async def test_an_answer_that_only_drips_ends_at_the_deadline_too(vendor: Vendor) -> None:
    async def drip(scope: Scope, receive: Receive, send: Send) -> None:
        left = asyncio.create_task(Exchange(scope, receive, send).left())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not left.done():
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.wait({left}, timeout=0.02)

    with serve_in_thread(drip) as served:
        async with hurried(vendor, base_url=served.origin) as provider:
            with pytest.raises(TimedOut):
                await provider.settings()


async def test_a_slow_answer_within_the_deadline_is_good(
    provider: Provider, vendor: Vendor
) -> None:
    vendor.sandbox.faults.add(Fault("slow", seconds=0.1))
    assert (await provider.settings()).value is not None


async def test_a_redirect_is_not_followed(reads: Reads, vendor: Vendor) -> None:
    elsewhere = sandbox_of(vendor.provider, 1)
    with serve_in_thread(elsewhere) as other:
        vendor.sandbox.faults.add(Fault("redirect", location=f"{other.origin}/steal"))
        for read in reads:
            with pytest.raises(MalformedResponse) as caught:
                await read()
            assert caught.value.upstream_status == 302
    assert elsewhere.calls == []


async def test_failures_show_in_the_health_and_pass(vendor: Vendor) -> None:
    vendor.sandbox.faults.add(Fault("status", status=503, times=5))
    limits = replace(STEADY, circuit=CircuitLimits(in_a_row=5, probe=0.0))
    seen = []
    async with connected(vendor.config, limits) as provider:
        for _ in range(5):
            with pytest.raises(Unavailable):
                await provider.settings()
            seen.append(provider.health.status)
        assert seen == ["DEGRADED"] * 4 + ["DOWN"]
        error = provider.health.last_error
        assert error is not None
        assert error.code == "UNAVAILABLE"
        await provider.settings()
        assert (provider.health.status, provider.health.last_error) == ("DEGRADED", None)


@asynccontextmanager
async def hurried(vendor: Vendor, **changes: Any) -> AsyncIterator[Provider]:
    """The provider with little patience."""
    limits = replace(STEADY, exchange=0.2)
    async with connected(replace(vendor.config, **changes), limits) as provider:
        yield provider
