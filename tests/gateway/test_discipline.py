"""The gateway as a vendor meets it on a bad day: in time, sparing, and shut off when it must be."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest

from adapters._sandbox.faults import Fault
from adapters.contract.connecting import STEADY
from adapters.limits import CircuitLimits, RetryLimits, UpstreamLimits
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, UpstreamConfig
from tests.running import PATIENT, Gateway, running_gateway
from tests.waiting import until

TIERS = "{ tiers { nodes { name } sources { program { key } status error { code } } } }"
CHECK = """query ($code: String!) {
  program(key: "block-haven") { codeValidation(code: $code) { isValid } } }"""
TOGGLE = """mutation ($id: ID!) { tierToggle(id: $id) { tier { id } errors {
  message
  ... on ProviderFailureError { mayHaveTakenEffect error { code retryAfterSeconds } } } } }"""
HEALTH = '{ program(key: "block-haven") { health { status } } }'
SHOP = '{ program(key: "block-haven") { tiers { sources { status error { code } } } } }'

QUICK = RetryLimits(wait=0.01, wait_most=0.02)
TRYING = replace(STEADY, retry=QUICK)

Programs = tuple[ProgramConfig, ...]


def tier_id(gateway: Gateway) -> str:
    shop = gateway.data('{ program(key: "block-haven") { tiers { nodes { id } } } }')["program"]
    return str(shop["tiers"]["nodes"][0]["id"])


@contextmanager
def timed(*, under: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < under


def told(gateway: Gateway) -> list[tuple[str, str | None]]:
    """How each program contributed to the tiers."""
    sources = gateway.data(TIERS)["tiers"]["sources"]
    return [(source["status"], (source["error"] or {}).get("code")) for source in sources]


# --- Deadlines


@pytest.mark.parametrize("cache", [CacheConfig(fresh_seconds=0), CacheConfig()], ids=["off", "on"])
def test_when_an_operations_time_is_up_it_answers_with_what_is_there(
    cache: CacheConfig, programs: Programs, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("hang"))
    upstream = UpstreamConfig(operation_seconds=0.8)
    with (
        running_gateway(*programs, cache=cache, upstream=upstream) as gateway,
        timed(under=8),
    ):
        assert told(gateway) == [("FRESH", None), ("FAILED", "TIMEOUT")]


def test_when_the_time_is_up_nothing_more_is_sent(
    programs: Programs, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    with running_gateway(*programs, upstream=UpstreamConfig(operation_seconds=0)) as gateway:
        assert told(gateway) == [("FAILED", "TIMEOUT")] * 2
    assert (piggy.calls, pixlpay.calls) == ([], [])


def test_reads_one_after_another_share_an_operations_time(
    programs: Programs, pixlpay: PixlpaySandbox
) -> None:
    query = """{ program(key: "block-haven") { key leaderboard(limit: 1) {
      entries { person { email counterparts { sources { status error { code } } } } } } } }"""
    # Either would be in time, but not the second after the first. However long the machine stands
    # still, the first is in time and the second is not.
    pixlpay.faults.add(Fault("slow", path="/leaderboard", seconds=0.5))
    pixlpay.faults.add(Fault("slow", seconds=3.7))
    upstream = UpstreamConfig(operation_seconds=4, read_seconds=60, exchange_seconds=60)
    with (
        running_gateway(*programs, cache=CacheConfig(fresh_seconds=0), upstream=upstream) as off,
        running_gateway(*programs, cache=CacheConfig(), upstream=upstream) as on,
        ThreadPoolExecutor() as callers,
        timed(under=30),
    ):
        answers = list(callers.map(lambda gateway: gateway.ask(query), (off, on)))
    for answer in answers:
        assert answer.data["program"]["key"] == "block-haven"
        (entry,) = answer.data["program"]["leaderboard"]["entries"]
        assert entry["person"]["email"] is None
        codes = {error["extensions"]["code"] for error in answer.errors}
        counterparts = entry["person"]["counterparts"]["sources"]
        codes |= {source["error"]["code"] for source in counterparts if source["error"]}
        assert codes == {"TIMEOUT"}


# --- Further tries


def test_reads_are_tried_twice_more_validation_too_and_writes_never(
    programs: Programs, pixlpay: PixlpaySandbox
) -> None:
    limits = replace(TRYING, retry=replace(QUICK, saved=100))
    with running_gateway(*programs, limits=limits) as gateway:
        tier = tier_id(gateway)
        pixlpay.faults.add(Fault("status", status=503))
        pixlpay.forget_calls()
        gateway.data(TIERS)
        assert pixlpay.count("/tiers") == 3
        gateway.ask(CHECK, {"code": "ABC12345"})
        assert pixlpay.count("/validate", "POST") == 3
        gateway.data(TOGGLE, {"id": tier})
        assert pixlpay.count("/toggle", "POST") == 1


def test_a_fault_that_passes_is_not_noticed(programs: Programs, pixlpay: PixlpaySandbox) -> None:
    with running_gateway(*programs, limits=TRYING) as gateway:
        pixlpay.faults.add(Fault("drop", times=2))
        assert told(gateway) == [("FRESH", None), ("FRESH", None)]


def test_in_a_bad_hour_further_tries_stay_a_fifth(
    programs: Programs, pixlpay: PixlpaySandbox
) -> None:
    with running_gateway(*programs, limits=TRYING) as gateway:
        pixlpay.faults.add(Fault("status", status=503))
        for _ in range(40):
            gateway.data(SHOP)
    assert pixlpay.count() <= 40 + 3 + 40 * 0.2


@pytest.mark.parametrize("told_as", ["seconds", "date"])
def test_a_read_waits_as_long_as_the_provider_asks(
    told_as: str, programs: Programs, pixlpay: PixlpaySandbox
) -> None:
    with running_gateway(*programs, limits=TRYING) as gateway:
        not_before = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
        date = format_datetime(not_before, usegmt=True)
        pixlpay.faults.add(
            Fault("rate_limited", retry_after=1 if told_as == "seconds" else date, times=1)
        )
        started = time.monotonic()
        assert told(gateway) == [("FRESH", None), ("FRESH", None)]
        if told_as == "seconds":
            assert time.monotonic() - started >= 0.9
        else:
            assert datetime.now(UTC) >= not_before
    assert [call.status for call in pixlpay.calls] == [429, 200]


def test_a_wait_beyond_the_deadline_is_not_begun(
    programs: Programs, pixlpay: PixlpaySandbox
) -> None:
    upstream = UpstreamConfig(exchange_seconds=5)
    with running_gateway(*programs, limits=TRYING, upstream=upstream) as gateway:
        tier = tier_id(gateway)
        pixlpay.faults.add(Fault("rate_limited", retry_after=30, times=1))
        pixlpay.forget_calls()
        with timed(under=25):
            assert told(gateway)[1] == ("FAILED", "RATE_LIMITED")
            assert told(gateway)[1] == ("FAILED", "RATE_LIMITED")
            (error,) = gateway.data(TOGGLE, {"id": tier})["tierToggle"]["errors"]
    assert error["error"]["code"] == "RATE_LIMITED"
    assert 20 <= error["error"]["retryAfterSeconds"] <= 30
    assert error["mayHaveTakenEffect"] is False
    assert len(pixlpay.calls) == 1


# --- The circuit


def failing_at_once(*, probe: float) -> UpstreamLimits:
    """Nothing is tried again, and a program that is shut off is probed after so many seconds."""
    return UpstreamLimits(circuit=CircuitLimits(probe=probe), retry=RetryLimits(attempts=1))


def test_five_failures_shut_a_program_off(programs: Programs, pixlpay: PixlpaySandbox) -> None:
    with running_gateway(*programs, limits=failing_at_once(probe=60)) as gateway:
        tier = tier_id(gateway)
        pixlpay.forget_calls()
        pixlpay.faults.add(Fault("status", status=500))
        for _ in range(5):
            told(gateway)
        # No call goes out now, of whatever kind, nor is anybody made to wait.
        with timed(under=30):
            assert told(gateway) == [("FRESH", None), ("FAILED", "UNAVAILABLE")]
            (error,) = gateway.data(TOGGLE, {"id": tier})["tierToggle"]["errors"]
            assert gateway.data(HEALTH)["program"]["health"]["status"] == "DOWN"
        assert error["mayHaveTakenEffect"] is False
        assert 30 <= error["error"]["retryAfterSeconds"] <= 60
        assert len(pixlpay.calls) == 5


def test_a_probe_that_fails_leaves_it_shut_and_one_that_succeeds_is_enough(
    programs: Programs, pixlpay: PixlpaySandbox
) -> None:
    with running_gateway(*programs, limits=failing_at_once(probe=0.5)) as gateway:
        pixlpay.faults.add(Fault("status", status=500))
        until(lambda: bool(told(gateway)) and len(pixlpay.calls) == 5)
        until(lambda: bool(told(gateway)) and len(pixlpay.calls) == 6)
        assert gateway.data(HEALTH)["program"]["health"]["status"] == "DOWN"
        pixlpay.faults.clear()
        until(lambda: told(gateway)[1] == ("FRESH", None))
        assert len(pixlpay.calls) == 7
        assert told(gateway)[1] == ("FRESH", None)
        assert gateway.data(HEALTH)["program"]["health"]["status"] != "DOWN"


# --- Isolation


def test_a_program_that_hangs_keeps_nobody_else_waiting(
    programs: Programs, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    shop = '{ program(key: "coral-avenue") { tiers { sources { status } } } }'
    with (
        running_gateway(*programs) as gateway,
        ThreadPoolExecutor(90) as callers,
    ):
        gateway.data(shop)
        pixlpay.faults.add(Fault("hang"))
        stuck = [callers.submit(gateway.ask, CHECK, {"code": f"CODE{n:04}"}) for n in range(90)]
        until(lambda: len(pixlpay.calls) == 32)
        for _ in range(10):
            with timed(under=20):
                (source,) = gateway.data(shop)["program"]["tiers"]["sources"]
            assert source["status"] == "FRESH"
        assert len(pixlpay.calls) == 32
        pixlpay.faults.clear()
        for answer in stuck:
            assert answer.result().http.status_code == 200
        assert len(pixlpay.calls) == 90


def test_more_callers_than_may_wait_are_refused_at_once(
    programs: Programs, pixlpay: PixlpaySandbox
) -> None:
    upstream = msgspec.structs.replace(PATIENT, in_flight=2, queue=1)
    aliases = " ".join(f'c{n}: codeValidation(code: "CODE{n}") {{ isValid }}' for n in range(8))
    pixlpay.faults.add(Fault("hang"))
    with running_gateway(*programs, upstream=upstream) as gateway, ThreadPoolExecutor() as pool:
        asked = f'{{ program(key: "block-haven") {{ {aliases} }} }}'
        answer = pool.submit(gateway.ask, asked)
        until(lambda: len(pixlpay.calls) == 2)
        pixlpay.faults.clear()
        errors = answer.result().errors
    assert ["Too many" in error["message"] for error in errors] == [True] * 5
    assert len(pixlpay.calls) == 3
