"""The spans of upstream calls that go wrong, are tried again, or that nobody waits for."""

import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.limits import CircuitLimits, RetryLimits, UpstreamLimits
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, ReportsConfig
from tests.gateway.telemetry.collector import Collector, kinds
from tests.running import program, running_gateway

TIERS = "query Tiers { tiers { nodes { name } } }"
ONE = 'query One { program(key: "block-haven") { settings { isEnabled } } }'
OWN = "referral_gateway."


def test_further_tries_are_parts_of_one_call(
    programs: tuple[ProgramConfig, ...], collector: Collector, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("status", status=503, times=2))
    retry = RetryLimits(wait=0.001, wait_most=0.002)
    limits = UpstreamLimits(retry=retry)
    with running_gateway(programs[1], traces=True, limits=limits) as gateway:
        gateway.data(TIERS)
        _, _, (call,) = kinds(collector.requests(1))
    assert len(pixlpay.calls) == 3
    assert call.attributes["http.request.resend_count"] == 2
    assert call.attributes["http.response.status_code"] == 200
    assert not call.is_failure
    assert {one.headers["traceparent"] for one in pixlpay.calls} == {
        f"00-{call.trace}-{call.id}-01"
    }


@pytest.mark.parametrize(
    ("fault", "reason", "status"),
    [(Fault("status", status=500), "500", 500), (Fault("drop"), "RemoteProtocolError", None)],
)
def test_failures_are_told_by_their_kind(
    programs: tuple[ProgramConfig, ...],
    collector: Collector,
    pixlpay: PixlpaySandbox,
    fault: Fault,
    reason: str,
    status: int | None,
) -> None:
    pixlpay.faults.add(fault)
    with running_gateway(programs[1], traces=True) as gateway:
        gateway.ask('query One { program(key: "block-haven") { settings { isEnabled } } }')
        (request,), (operation,), (call,) = kinds(collector.requests(1))
    assert call.is_failure
    assert call.attributes["error.type"] == reason
    assert call.attributes.get("http.response.status_code") == status
    assert operation.attributes[f"{OWN}outcome"] == "partial"
    assert operation.attributes[f"{OWN}errors"] == ["UNAVAILABLE"]
    assert not request.is_failure


def test_a_call_that_is_held_back_was_never_sent(
    programs: tuple[ProgramConfig, ...], collector: Collector, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("status", status=500))
    limits = UpstreamLimits(
        circuit=CircuitLimits(in_a_row=1, probe=600), retry=RetryLimits(attempts=1)
    )
    with running_gateway(programs[1], traces=True, limits=limits) as gateway:
        for _ in range(2):
            gateway.ask(ONE)
        _, _, (sent, held_back) = kinds(collector.requests(2))
    assert len(pixlpay.calls) == 1
    assert f"{OWN}queued_ms" in sent.attributes
    assert f"{OWN}queued_ms" not in held_back.attributes
    assert held_back.attributes["error.type"] == "HELD_BACK"


def test_what_is_read_behind_the_answer_begins_traces_of_its_own(collector: Collector) -> None:
    pages = 4
    piggy = PiggySandbox(referrals=100 * pages - 50, calls_per_minute=None)
    with (
        serve_in_thread(piggy) as served,
        running_gateway(
            program("coral-avenue", "piggy", served.origin, piggy.token),
            traces=True,
            cache=CacheConfig(response_seconds=0),
            reports=ReportsConfig(walk_pages=1),
        ) as gateway,
    ):
        gateway.data("query Figures { statistics { totalReferrals } }")
        spans = collector.wait(lambda spans: len(spans) >= 2 + pages)
    (request,), (operation,), (awaited, *behind) = kinds(spans)
    assert (awaited.trace, awaited.parent, awaited.links) == (request.trace, operation.id, ())
    for call in behind:
        assert (call.parent, call.links) == ("", (operation.id,))
    assert len({request.trace, *(call.trace for call in behind)}) == pages
    told = [call.headers["traceparent"] for call in piggy.calls]
    assert told == [f"00-{call.trace}-{call.id}-01" for call in (awaited, *behind)]
