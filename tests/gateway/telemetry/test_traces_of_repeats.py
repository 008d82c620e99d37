"""Traces of requests that came before, as a collector gets them."""

from collections.abc import Iterator

import pytest

from adapters.piggy.sandbox import PiggySandbox
from adapters.provider import ProgramConfig
from tests.gateway.http.connections import posted
from tests.gateway.http.repeated import KEEPING, client_of, counted
from tests.gateway.telemetry.collector import Collector, Span, kinds
from tests.gateway.telemetry.logging_to import Logs
from tests.running import Gateway, running_gateway

TIERS = "query Tiers { tiers { nodes { name } } }"
PARENT = "00f067aa0ba902b7"
LOW, HIGH = "0" * 15 + "1" + "0" * 15 + "1", "0" * 15 + "1" + "f" * 16
"""Traces of which a sampler of shares takes the first, and leaves out the other."""
SERVED = "referral_gateway.served"


def traced(trace: str, flags: str, query: str = TIERS) -> bytes:
    return posted(query, f"traceparent: 00-{trace}-{PARENT}-{flags}")


def repeated(spans: list[Span]) -> list[Span]:
    requests, _, _ = kinds(spans)
    return [span for span in requests if span.attributes.get(SERVED) == "repeated"]


@pytest.fixture
def gateway(programs: tuple[ProgramConfig, ...], collector: Collector) -> Iterator[Gateway]:
    """One with traces that keeps whole answers for longer than a test takes."""
    with running_gateway(*programs, traces=True, cache=KEEPING) as running:
        yield running


def test_the_same_bytes_again_are_a_request_again(gateway: Gateway, collector: Collector) -> None:
    with client_of(gateway) as client:
        for _ in range(4):
            client.send(posted(TIERS))
    requests, operations, _ = kinds(collector.requests(4))
    served = [request.attributes.get(SERVED) for request in requests]
    assert served == [None, "repeated", "repeated", "repeated"]
    assert len({request.trace for request in requests}) == 4
    assert {request.parent for request in requests} == {""}
    assert len(operations) == 1


def test_each_is_in_the_trace_that_it_came_in(
    programs: tuple[ProgramConfig, ...], collector: Collector, logs: Logs
) -> None:
    traces = [f"{number:032x}" for number in range(1, 6)]
    with (
        running_gateway(*programs, traces=True, cache=KEEPING, log=logs.written.log) as gateway,
        client_of(gateway) as client,
    ):
        for trace in traces:
            client.send(traced(trace, "01"))
        requests, operations, _ = kinds(collector.requests(5))
        assert counted(gateway) == {"executed": 1, "repeated": 4}
    assert [request.trace for request in requests] == traces
    assert {request.parent for request in requests} == {PARENT}
    assert len({request.id for request in requests}) == 5
    assert [operation.trace for operation in operations] == traces[:1]
    assert repeated(collector.spans) == requests[1:]
    assert [line["trace_id"] for line in logs.written.lines(5)] == traces


@pytest.mark.parametrize(
    ("sampler", "recorded"),
    [
        ("always_on", {(LOW, "00"), (LOW, "01"), (HIGH, "00"), (HIGH, "01")}),
        ("always_off", set()),
        ("traceidratio", {(LOW, "00"), (LOW, "01")}),
        ("parentbased_always_off", {(LOW, "01"), (HIGH, "01")}),
        ("parentbased_traceidratio", {(LOW, "01"), (HIGH, "01")}),
    ],
)
def test_what_clients_want_counts_where_the_sampler_heeds_it(
    programs: tuple[ProgramConfig, ...],
    collector: Collector,
    logs: Logs,
    monkeypatch: pytest.MonkeyPatch,
    sampler: str,
    recorded: set[tuple[str, str]],
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    sent = [(trace, flags) for trace in (LOW, HIGH) for flags in ("00", "01")]
    with (
        running_gateway(*programs, traces=True, cache=KEEPING, log=logs.written.log) as gateway,
        client_of(gateway) as client,
    ):
        client.send(traced("f" * 32, "00"))
        for trace, flags in sent:
            client.send(traced(trace, flags))
        lines = logs.written.lines(5)[1:]
        is_first_recorded = sampler == "always_on"
        spans = collector.requests(len(recorded) + is_first_recorded)
    assert {line["served"] for line in lines} == {"repeated"}
    told = [line.get("trace_id") for line in lines]
    assert told == [trace if (trace, flags) in recorded else None for trace, flags in sent]
    assert sorted(span.trace for span in repeated(spans)) == sorted(trace for trace, _ in recorded)


@pytest.mark.parametrize(
    "broken",
    [
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{LOW}-{'0' * 16}-01",
        f"ff-{LOW}-{PARENT}-01",
        f"00-{LOW}-{PARENT}--1",
        "a" * 55,
    ],
)
def test_what_makes_no_sense_is_as_none(
    gateway: Gateway, collector: Collector, broken: str
) -> None:
    with client_of(gateway) as client:
        client.send(traced(HIGH, "01"))
        for _ in range(2):
            client.send(posted(TIERS, f"traceparent: {broken}"))
    one, other = repeated(collector.requests(3))
    assert one.parent == other.parent == ""
    assert len({LOW, HIGH, one.trace, other.trace}) == 4


def test_clients_traces_do_not_go_on_where_they_are_not_passed_on(
    programs: tuple[ProgramConfig, ...], collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_PROPAGATORS", "none")
    with (
        running_gateway(*programs, traces=True, cache=KEEPING) as gateway,
        client_of(gateway) as client,
    ):
        for _ in range(2):
            client.send(traced(LOW, "01"))
        (request,) = repeated(collector.requests(2))
    assert request.parent == ""
    assert request.trace != LOW


@pytest.mark.parametrize("flags", ["00", "01"])
def test_nothing_of_it_stays_for_the_next_request(
    programs: tuple[ProgramConfig, ...],
    collector: Collector,
    piggy: PiggySandbox,
    monkeypatch: pytest.MonkeyPatch,
    flags: str,
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    with (
        running_gateway(programs[0], traces=True, cache=KEEPING) as gateway,
        client_of(gateway) as client,
    ):
        for request in (traced(LOW, "00"), traced(HIGH, flags)):
            client.send(request)
        assert counted(gateway)["repeated"] == 1
        before = len(piggy.calls)
        client.send(posted("query Other { referrals(first: 1) { nodes { id } } }"))
        # In a row with it, too.
        other = posted("query Third { referrals(first: 3) { nodes { id status } } }")
        client.send(traced(HIGH, flags))
        client.send(traced(HIGH, flags) + other)
        client.got()
        calls = piggy.calls[before:]
    assert calls
    assert not any("traceparent" in call.headers for call in calls)
