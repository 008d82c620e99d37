"""Requests whose very bytes came before, to which no answer is kept: they are executed as any
other."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, HttpConfig, LimitsConfig
from gateway.http.media_types import GRAPHQL
from tests.gateway.access.callers import PEOPLE, Keys
from tests.gateway.http.connections import Rest, connected, posted
from tests.gateway.http.repeated import TIERS, client_of
from tests.gateway.telemetry.collector import Collector, kinds
from tests.gateway.telemetry.logging_to import Logs
from tests.gateway.test_reload import reloaded
from tests.running import Gateway, running_gateway
from tests.waiting import until

NOTHING_KEPT = CacheConfig(fresh_seconds=0, stale_seconds=0, response_seconds=0)
ROWS = "query Rows { referrals(first: 20) { nodes { id status } sources { status } } }"


def test_each_is_asked_anew_under_an_id_of_its_own(
    programs: tuple[ProgramConfig, ...],
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    logs: Logs,
) -> None:
    keys = Keys().add("board", PEOPLE)
    credential = f"Authorization: Bearer {keys['board']}"
    with (
        running_gateway(
            *programs, cache=NOTHING_KEPT, access=keys.config, log=logs.written.log
        ) as gateway,
        client_of(gateway) as client,
    ):
        got = [client.send(posted(TIERS, credential)) for _ in range(4)]
        got.append(client.send(posted(TIERS, credential, "X-Request-Id: mine")))
        got.append(client.send(posted(TIERS, credential, "X-Request-Id: ours")))
        lines = logs.written.lines(6)
    assert len({one.same for one in got}) == 1
    assert piggy.count() == pixlpay.count() == 6
    ids = [one.request_id for one in got]
    assert len(set(ids)) == 6
    assert ids[4:] == ["mine", "ours"]
    assert [line["request_id"] for line in lines] == ids
    about = ("operation", "caller", "status", "outcome", "served", "cost", "upstream_calls")
    assert {tuple(line[one] for one in about) for line in lines} == {
        ("Tiers", "key:board", 200, "ok", "executed", 2, 2)
    }


@pytest.mark.parametrize("encoding", ["", "gzip", "br", "zstd"])
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_it_is_answered_as_it_was_asked(
    programs: tuple[ProgramConfig, ...], accept: str, encoding: str
) -> None:
    origin = "https://shop.example"
    wishes = f"Accept: {accept}", f"Accept-Encoding: {encoding}", f"Origin: {origin}"
    http = HttpConfig(origins=(origin,))
    with (
        running_gateway(*programs, cache=NOTHING_KEPT, http=http) as gateway,
        client_of(gateway) as client,
    ):
        got = [client.send(posted(ROWS, *wishes)) for _ in range(3)]
    assert len({one.same for one in got}) == 1
    assert got[0].headers["content-type"].startswith(accept)
    assert got[0].headers.get("content-encoding", "") == encoding
    assert got[0].headers["access-control-allow-origin"] == origin


def test_what_fails_this_time_is_told_as_of_any_other(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox
) -> None:
    query = '{ program(key: "coral-avenue") { settings { isEnabled } } tiers { nodes { name } } }'
    with (
        running_gateway(*programs, cache=NOTHING_KEPT) as gateway,
        client_of(gateway) as client,
    ):
        good = client.learn(posted(query))
        piggy.faults.add(Fault("status", status=500))
        known, other = client.send(posted(query)), client.send(posted(query, "X-Other: 1"))
        piggy.faults.clear()
        assert client.send(posted(query)).same == good.same
    assert known.same == other.same
    assert b'"errors"' in known.body


def test_others_behind_it_wait_for_their_turn(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox
) -> None:
    with (
        running_gateway(*programs, cache=NOTHING_KEPT) as gateway,
        connected(gateway) as connection,
    ):
        rest = Rest(connection)

        def got() -> bytes:
            answer = rest.answer()
            return answer.read(int(answer.headers["content-length"]))

        connection.sendall(posted(TIERS))
        tiers = got()
        piggy.faults.add(Fault("hang"))
        connection.sendall(posted(TIERS))
        until(lambda: piggy.count() == 2)
        connection.sendall(posted("{ __typename }") + posted(TIERS))
        connection.sendall(posted(TIERS)[:40])
        piggy.faults.clear()
        assert [got() for _ in range(3)] == [tiers, b'{"data":{"__typename":"Query"}}', tiers]
        connection.sendall(posted(TIERS)[40:])
        assert got() == tiers
        connection.sendall(posted(TIERS))
        assert got() == tiers


def test_who_hangs_up_takes_it_along(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, logs: Logs
) -> None:
    with running_gateway(*programs, cache=NOTHING_KEPT, log=logs.written.log) as gateway:
        with connected(gateway) as connection:
            connection.sendall(posted(TIERS))
            Rest(connection).answer()
            piggy.faults.add(Fault("hang"))
            connection.sendall(posted(TIERS))
            until(lambda: piggy.count() == 2)
        *_, line = logs.written.lines(2)
    assert line["outcome"] == "hung_up"


def test_it_ends_under_the_configuration_that_it_began_under(
    programs: tuple[ProgramConfig, ...], pixlpay: PixlpaySandbox
) -> None:
    coral, _ = programs
    with (
        reloaded(*programs, cache=NOTHING_KEPT) as changing,
        client_of(changing.gateway) as client,
        ThreadPoolExecutor(1) as threads,
    ):
        before = client.learn(posted(TIERS))
        count = pixlpay.count()
        pixlpay.faults.add(Fault("hang"))
        asked = threads.submit(client.send, posted(TIERS))
        until(lambda: pixlpay.count() == count + 1)
        for _ in range(3):
            changing.change(programs=(coral,))
        assert not asked.done()
        pixlpay.faults.clear()
        assert asked.result(60).same == before.same
        after = client.send(posted(TIERS))
    assert after.body.count(b'"FRESH"') == 1
    assert before.body.count(b'"FRESH"') == 2


def test_it_counts_for_as_many_requests_as_it_may_cost(
    programs: tuple[ProgramConfig, ...],
) -> None:
    keys = Keys().add("board", PEOPLE).add("other", PEOPLE)
    query = "{ referrals(first: 50) { nodes { id referrer { name } } } }"
    demand = LimitsConfig(requests_per_minute=30)

    def statuses(gateway: Gateway, who: str, *more: str) -> list[int]:
        credential = f"Authorization: Bearer {keys[who]}"
        with client_of(gateway) as client:
            got = [client.send(posted(query, credential, *more)) for _ in range(8)]
        assert b'"errors"' not in got[0].body
        return [one.status for one in got]

    with running_gateway(
        *programs, cache=NOTHING_KEPT, access=keys.config, demand=demand
    ) as gateway:
        known = statuses(gateway, "board")
        # As many bytes as are known again at most, and more.
        read = statuses(gateway, "other", f"X-Long: {'x' * 9000}")
    assert known == read
    assert 200 in known
    assert 429 in known


def test_where_too_much_is_under_way_it_is_refused(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox
) -> None:
    demand = LimitsConfig(concurrency=1, queue=0)
    request = posted(TIERS, f"Accept: {GRAPHQL}")
    with (
        running_gateway(*programs, cache=NOTHING_KEPT, demand=demand) as gateway,
        client_of(gateway) as one,
        client_of(gateway) as other,
        ThreadPoolExecutor(1) as threads,
    ):
        good = one.learn(request)
        count = piggy.count()
        piggy.faults.add(Fault("hang"))
        waiting = threads.submit(one.send, request)
        until(lambda: piggy.count() == count + 1)
        refused = other.send(request)
        piggy.faults.clear()
        assert waiting.result(60).same == good.same
        assert other.send(request).same == good.same
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert refused.headers["content-type"].startswith(GRAPHQL)
    assert b"LIMIT_EXCEEDED" in refused.body


def test_its_calls_are_in_the_trace_that_it_came_in(
    programs: tuple[ProgramConfig, ...], collector: Collector
) -> None:
    traces = [f"{number:032x}" for number in range(1, 5)]
    with (
        running_gateway(*programs, traces=True, cache=NOTHING_KEPT) as gateway,
        client_of(gateway) as client,
    ):
        for trace in traces:
            client.send(posted(TIERS, f"traceparent: 00-{trace}-00f067aa0ba902b7-01"))
        client.send(posted(TIERS))
        requests, operations, calls = kinds(collector.requests(5))
    assert [request.trace for request in requests[:4]] == traces
    assert requests[4].trace not in traces
    for request, operation in zip(requests, operations, strict=True):
        assert (operation.trace, operation.parent) == (request.trace, request.id)
        assert sum(call.trace == request.trace for call in calls) == 2


NAMED = "query Named($is: Boolean!) { programs { key name @skip(if: $is) } }"
TWO = "query A { __typename } query B { programs { key } }"
# Large enough to be encoded, and so most often taken.
LARGE = [{"query": "{ __schema { types { name } } }"}] * 8
ASKED = [
    {"query": "query Programs { programs { key name provider { name } } }"},
    *LARGE,
    *({"query": NAMED, "variables": {"is": value}} for value in (True, False, "no")),
    *({"query": TWO, "operationName": name} for name in (None, "A", "B", "C")),
    {"query": "{ __typename }", "variables": {}, "extensions": {"client": [1]}},
    {"query": "{ program(key: 7) { key } }"},
    {"query": 'mutation { tierToggle(id: "x") { tier { name } } }'},
    {"query": "{ programs { key ... @defer { name } } }"},
    {"documentId": "unknown"},
    {},
    [{"query": "{ __typename }"}, {"query": "{ nothing }"}],
]
HEADERS = {
    "Accept": [
        *("application/json", "application/graphql-response+json", "text/html", "*/*"),
        "multipart/mixed; deferSpec=20220824, application/json",
        "multipart/mixed, application/json;q=0.9",
    ],
    "Accept-Encoding": ["gzip", "br", "zstd;q=0.5, gzip", "identity", "*;q=0"],
    "Origin": ["http://localhost", "https://else.example", "null"],
    "Cache-Control": ["no-cache", "max-age=0"],
    "GraphQL-Cost": ["1"],
    "Gateway-Debug": ["1"],
    "Idempotency-Key": ["key"],
    "Traceparent": [f"00-{'1' * 32}-{'2' * 16}-01", "none"],
    "Connection": ["keep-alive", "close"],
    "X-Nothing": ["", "a b"],
}


@pytest.fixture(scope="module")
def forgetful(idle_program: ProgramConfig) -> Iterator[Gateway]:
    """The same as `idle`, which keeps no answer."""
    with running_gateway(idle_program, cache=NOTHING_KEPT) as gateway:
        yield gateway


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    asked=st.sampled_from(ASKED),
    headers=st.lists(
        st.sampled_from([(name, value) for name, values in HEADERS.items() for value in values]),
        max_size=3,
        unique_by=lambda header: header[0],
    ).map(dict),
)
def test_whatever_is_asked_again_is_answered_as_by_any_server(
    idle: Gateway,
    forgetful: Gateway,
    elsewhere: Gateway,
    asked: Any,
    headers: dict[str, str],
) -> None:
    content = json.dumps(asked)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join(
        [
            "POST /graphql HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            "X-Request-Id: mine",
            *lines,
            "",
            content,
        ]
    ).encode()
    with client_of(elsewhere) as client:
        expected = client.send(request)
    times = 1 if headers.get("Connection") == "close" else 3
    for gateway in (idle, forgetful):
        with client_of(gateway) as client:
            assert [client.send(request) for _ in range(times)] == [expected] * times
