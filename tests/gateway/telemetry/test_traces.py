"""Traces, as a collector gets them: over HTTP, of a gateway over two providers."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, HttpConfig
from gateway.telemetry.traces import Traces
from tests.gateway.http.connections import Rest, connected, posted
from tests.gateway.telemetry.collector import Collector, kinds
from tests.gateway.telemetry.logging_to import Logs
from tests.running import running_gateway

TIERS = "query Tiers { tiers { nodes { name } } }"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OWN = "referral_gateway."


def test_a_request_its_operation_and_its_calls_are_nested(
    programs: tuple[ProgramConfig, ...],
    collector: Collector,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    logs: Logs,
) -> None:
    with running_gateway(*programs, traces=True, log=logs.written.log) as gateway:
        gateway.data(TIERS)
        (request,), (operation,), calls = kinds(collector.requests(1))
    assert (request.name, request.parent) == ("POST /graphql", "")
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "url.scheme": "http",
        "http.response.status_code": 200,
    }
    assert (operation.name, operation.parent) == ("query", request.id)
    assert operation.attributes == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Tiers",
        f"{OWN}served": "executed",
        f"{OWN}outcome": "ok",
        f"{OWN}cost": 2,
        f"{OWN}upstream_calls": 2,
    }
    assert {call.name for call in calls} == {"GET /tiers", "GET /referrals/tiers"}
    for call, program in zip(
        sorted(calls, key=lambda call: call.name), programs[::-1], strict=True
    ):
        assert call.parent == operation.id
        queued = call.attributes.pop(f"{OWN}queued_ms")
        assert 0 <= queued < 30_000
        host, _, port = program.base_url.removeprefix("http://").partition(":")
        assert call.attributes == {
            "http.request.method": "GET",
            "url.template": call.name.removeprefix("GET "),
            "server.address": host,
            "server.port": int(port),
            "http.response.status_code": 200,
            f"{OWN}program": program.key,
        }
    assert {span.trace for span in (request, operation, *calls)} == {request.trace}
    assert not any(span.is_failure or span.links for span in collector.spans)
    for part, whole in ((operation, request), *((call, operation) for call in calls)):
        assert whole.began <= part.began <= part.ended <= whole.ended
    # What providers are told is the call's own place in it.
    told = {app.calls[0].headers["traceparent"] for app in (piggy, pixlpay)}
    assert told == {f"00-{request.trace}-{call.id}-01" for call in calls}
    (line,) = logs.written.lines(1)
    assert line["trace_id"] == request.trace
    assert collector.resources[0]["service.name"] == "referral-gateway"


def test_the_trace_of_a_client_goes_on_without_what_else_it_carries(
    programs: tuple[ProgramConfig, ...], collector: Collector, piggy: PiggySandbox
) -> None:
    sent = {
        "traceparent": f"00-{TRACE}-{PARENT}-01",
        "tracestate": "vendor=secret-state",
        "baggage": "email=victim%40leak.example",
    }
    with running_gateway(*programs, traces=True) as gateway:
        gateway.ask(TIERS, headers=sent)
        (request,), (operation,), calls = kinds(collector.requests(1))
    assert (request.trace, request.parent) == (TRACE, PARENT)
    assert {span.trace for span in (operation, *calls)} == {TRACE}
    headers = piggy.calls[0].headers
    assert headers["traceparent"].startswith(f"00-{TRACE}-")
    assert not {"tracestate", "baggage"} & headers.keys()


def test_a_trace_that_is_not_sampled_goes_on_unrecorded(
    programs: tuple[ProgramConfig, ...], collector: Collector, piggy: PiggySandbox, logs: Logs
) -> None:
    with running_gateway(*programs, traces=True, log=logs.written.log) as gateway:
        gateway.ask(TIERS, headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
        assert piggy.calls[0].headers["traceparent"] == f"00-{TRACE}-{PARENT}-00"
        for broken in ("", "00-xyz", f"00-{'0' * 32}-{PARENT}-01"):
            gateway.ask("query Next { __typename }", headers={"traceparent": broken})
        requests, _, _ = kinds(collector.requests(3))
    assert {request.parent for request in requests} == {""}
    assert len({request.trace for request in requests} - {TRACE}) == 3
    first, *_ = logs.written.lines(4)
    assert "trace_id" not in first


def test_only_a_share_is_recorded_where_that_is_wanted(
    programs: tuple[ProgramConfig, ...],
    collector: Collector,
    piggy: PiggySandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    with running_gateway(*programs, traces=True) as gateway:
        for _ in range(40):
            gateway.data(TIERS)
        told = [call.headers for call in piggy.calls]
        recorded = sum("traceparent" in headers for headers in told)
        requests, operations, calls = kinds(collector.requests(recorded))
    assert 0 < len(requests) < 40
    assert len(requests) == len(operations) == len(calls) / 2 == recorded


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0, 0, 0), (0.1, 1_700, 2_300), (1, 2e4, 2e4)]
)
def test_as_many_are_recorded_as_is_wanted_and_their_ids_say_so(
    monkeypatch: pytest.MonkeyPatch, share: float, least: int, most: int
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", str(share))
    traces = Traces()
    begun = [span for span in (traces.root() for _ in range(20_000)) if span is not None]
    traces.close()
    assert least <= len(begun) <= most
    sampler = TraceIdRatioBased(share)
    ids = [int.from_bytes(span.trace_id) for span in begun]
    decisions = {sampler.should_sample(None, id_, "").decision for id_ in ids}
    assert decisions <= {Decision.RECORD_AND_SAMPLE}
    assert len(set(ids)) == len(ids)


def test_a_collector_is_reached_as_the_environment_says(
    programs: tuple[ProgramConfig, ...],
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine collector.invalid login gateway password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", collector.origin)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:4318")
    with running_gateway(*programs, traces=True) as gateway:
        gateway.data(TIERS)
        collector.requests(1)
    credentials = b64encode(b"gateway:secret").decode()
    assert {headers["host"] for headers in collector.headers} == {"collector.invalid:4318"}
    assert {headers["authorization"] for headers in collector.headers} == {f"Basic {credentials}"}


LEFT_OUT, ASKED_FOR = ("00000000000000010000000000000001", "00"), ("0" * 15 + "1" + "f" * 16, "01")


@pytest.mark.parametrize(
    ("sampler", "recorded"),
    [
        ("always_on", {LEFT_OUT, ASKED_FOR}),
        ("always_off", set()),
        ("traceidratio", {LEFT_OUT}),
        ("parentbased_always_off", {ASKED_FOR}),
    ],
)
def test_what_clients_want_counts_where_the_sampler_heeds_it(
    programs: tuple[ProgramConfig, ...],
    collector: Collector,
    piggy: PiggySandbox,
    monkeypatch: pytest.MonkeyPatch,
    sampler: str,
    recorded: set[tuple[str, str]],
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    with running_gateway(
        programs[0], traces=True, cache=CacheConfig(fresh_seconds=0, response_seconds=0)
    ) as gateway:
        for trace, flags in (LEFT_OUT, ASKED_FOR):
            gateway.ask(TIERS, headers={"traceparent": f"00-{trace}-{PARENT}-{flags}"})
        requests, _, calls = kinds(collector.requests(len(recorded)))
    assert {request.trace for request in requests} == {trace for trace, _ in recorded}
    ids = {call.trace: call.id for call in calls}
    assert [call.headers["traceparent"] for call in piggy.calls] == [
        f"00-{trace}-{ids[trace]}-01" if trace in ids else f"00-{trace}-{PARENT}-{flags}"
        for trace, flags in (LEFT_OUT, ASKED_FOR)
    ]


def test_kept_and_joined_answers_have_no_calls_of_their_own(
    programs: tuple[ProgramConfig, ...], collector: Collector, piggy: PiggySandbox
) -> None:
    piggy.faults.add(Fault("slow", seconds=0.5))
    with running_gateway(
        *programs, traces=True, cache=CacheConfig(response_seconds=600)
    ) as gateway:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(gateway.data, [TIERS] * 3))
        gateway.ask(TIERS, headers={"x-page": "another"})
        requests, operations, calls = kinds(collector.requests(4))
    kept = requests[-1].attributes
    assert (kept["graphql.operation.name"], kept[f"{OWN}served"]) == ("Tiers", "kept")
    assert requests[-1].id not in {operation.parent for operation in operations}
    (executed,) = [one for one in operations if one.attributes[f"{OWN}served"] == "executed"]
    assert {call.parent for call in calls} == {executed.id}
    for joined in operations:
        if joined is not executed:
            assert joined.attributes[f"{OWN}served"] == "joined"
            assert f"{OWN}upstream_calls" not in joined.attributes


def test_each_request_in_a_row_is_in_its_own_trace_and_in_none_where_it_names_two(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    cache = CacheConfig(fresh_seconds=0, response_seconds=0)
    told = f"00-{TRACE}-{PARENT}-00"
    with (
        running_gateway(programs[0], traces=True, cache=cache) as gateway,
        connected(gateway) as connection,
    ):
        rest = Rest(connection)
        header = f"traceparent: {told}"
        in_a_row = posted(TIERS, header), posted(TIERS), posted(TIERS, header, header)
        connection.sendall(b"".join(in_a_row))
        for _ in range(3):
            answer = rest.answer()
            answer.read(int(answer.headers["content-length"]))
    assert [call.headers.get("traceparent") for call in piggy.calls] == [told, None, None]


def test_what_does_not_run_has_a_request_alone(
    programs: tuple[ProgramConfig, ...], collector: Collector
) -> None:
    with running_gateway(*programs, traces=True) as gateway:
        gateway.ask("{ victim_at_leak }")
        gateway.http.request("PROPFIND", "/graphql?query=victim@leak.example")
        gateway.http.get("/healthz")
        requests, operations, calls = kinds(collector.requests(2))
    assert not operations
    assert not calls
    assert [request.name for request in requests] == ["POST /graphql", "_OTHER /graphql"]
    assert requests[0].attributes[f"{OWN}errors"] == ["GRAPHQL_VALIDATION_FAILED"]
    assert requests[1].attributes["http.response.status_code"] == 405


def test_each_operation_of_a_batch_has_its_own_calls(
    programs: tuple[ProgramConfig, ...], collector: Collector
) -> None:
    codes = 'query Codes { codeValidations(code: "ABC12345") { nodes { isValid } } }'
    batch = [{"query": TIERS}, {"query": codes}, {"query": "{"}]
    with running_gateway(*programs, traces=True, http=HttpConfig(batch=3)) as gateway:
        assert gateway.http.post("/graphql", json=batch).status_code == 200
        (request,), operations, calls = kinds(collector.requests(1))
    by_name = {one.attributes["graphql.operation.name"]: one for one in operations}
    assert by_name.keys() == {"Tiers", "Codes"}
    assert {one.parent for one in operations} == {request.id}
    for call in calls:
        name = "Codes" if "validate" in call.name else "Tiers"
        assert call.parent == by_name[name].id
    assert len(calls) == 3


def test_a_mutation_is_told_as_one(
    programs: tuple[ProgramConfig, ...], collector: Collector
) -> None:
    with running_gateway(*programs, traces=True) as gateway:
        tiers = gateway.data("{ tiers { nodes { id program { key } } } }")["tiers"]["nodes"]
        tier = next(one["id"] for one in tiers if one["program"]["key"] == "block-haven")
        change = "mutation Toggle($id: ID!) { tierToggle(id: $id) { errors { message } } }"
        gateway.data(change, {"id": tier})
        _, (_, operation), calls = kinds(collector.requests(2))
    assert (operation.name, operation.attributes["graphql.operation.name"]) == (
        "mutation",
        "Toggle",
    )
    names = [call.name for call in calls if call.parent == operation.id]
    assert names[0] == "POST /referrals/tiers/{id}/toggle"


def test_an_answer_in_parts_lasts_until_the_last_one(
    programs: tuple[ProgramConfig, ...], collector: Collector, piggy: PiggySandbox
) -> None:
    piggy.faults.add(Fault("slow", seconds=0.3))
    deferred = "query Parts { programs { key ... @defer { tiers { nodes { name } } } } }"
    headers = {"accept": "multipart/mixed, application/json"}
    with running_gateway(*programs, traces=True) as gateway:
        assert gateway.http.post("/graphql", json={"query": deferred}, headers=headers).is_success
        (request,), (operation,), calls = kinds(collector.requests(1))
    assert {call.parent for call in calls} == {operation.id}
    assert len(calls) == 2
    assert max(call.ended for call in calls) <= operation.ended <= request.ended


def test_a_file_is_one_operation(
    programs: tuple[ProgramConfig, ...],
    collector: Collector,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
) -> None:
    with running_gateway(*programs, traces=True) as gateway:
        assert gateway.http.get("/export/referrals.csv").is_success
        (request,), (operation,), calls = kinds(collector.requests(1))
    assert request.name == "GET /export/{list}.csv"
    assert operation.parent == request.id
    assert operation.attributes["graphql.operation.name"] == "export/referrals"
    assert {call.parent for call in calls} == {operation.id}
    assert len(calls) == piggy.count() + pixlpay.count()


def test_who_hangs_up_leaves_what_was_under_way(
    programs: tuple[ProgramConfig, ...], collector: Collector, piggy: PiggySandbox
) -> None:
    piggy.faults.add(Fault("hang"))
    with running_gateway(programs[0], traces=True) as gateway:
        with pytest.raises(Exception, match="timed out"):
            gateway.http.post("/graphql", json={"query": TIERS}, timeout=0.5)
        (request,), (operation,), _ = kinds(collector.requests(1))
    assert "http.response.status_code" not in request.attributes
    assert operation.attributes[f"{OWN}outcome"] == "hung_up"
