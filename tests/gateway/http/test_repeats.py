"""Requests whose very bytes came before are answered as any other."""

import gc
import json
import socket
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters._sandbox.serving import serve_in_thread
from adapters.provider import ProgramConfig
from gateway.caller import ANYBODY
from gateway.config import AccessConfig, HttpConfig, JwtTable, LimitsConfig
from gateway.execution.engine import Request
from gateway.http.access import Access
from gateway.http.answers import Finished, Question
from gateway.http.asking import Asked
from gateway.http.exchange import Exchange
from gateway.http.marks import Marks
from gateway.http.media_types import JSON
from gateway.http.operations import Tells
from gateway.http.rate_limit import MemoryRates, RateLimit
from gateway.http.repeats import BYTES, LARGEST, Again, Bytes, Repeat, Repeats
from gateway.http.under_way import UnderWay
from gateway.http.understood import Understood, Wishes
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.requests import Requests
from tests.gateway.access.callers import PEOPLE, READ, Keys
from tests.gateway.access.issuer import AUDIENCE, ISSUER, Issuer, token
from tests.gateway.http.connections import connected, posted
from tests.gateway.http.repeated import KEEPING, TIERS, client_of, counted
from tests.gateway.telemetry.logging_to import WrittenLog
from tests.gateway.test_reload import reloaded
from tests.running import Gateway, running_gateway
from tests.waiting import until

NONE = Marks()
USUAL = Wishes(JSON, fresh=False, tells=Tells(), parts=False)
RENAME = """mutation { tierUpdate(id: "%s", input: {name: "Renamed"}) { tier { name } } }"""


@pytest.fixture
def gateway(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    """An open one that keeps whole answers for longer than a test takes."""
    with running_gateway(*programs, cache=KEEPING) as running:
        yield running


@pytest.mark.parametrize("encoding", ["", "gzip", "br", "zstd"])
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_it_is_the_same_answer_under_an_id_of_its_own(
    gateway: Gateway, accept: str, encoding: str
) -> None:
    query = "query Tiers { referrals(first: 20) { nodes { id status } } }"
    request = posted(query, f"Accept: {accept}", f"Accept-Encoding: {encoding}")
    with client_of(gateway) as client:
        got = [client.send(request) for _ in range(5)]
    assert got[0].headers.get("content-encoding", "") == encoding
    assert got[0].headers["content-type"].startswith(accept)
    assert len({one.same for one in got}) == 1
    assert len({one.request_id for one in got}) == 5
    assert counted(gateway) == {"executed": 1, "repeated": 4}


def test_it_is_known_on_other_connections(gateway: Gateway) -> None:
    with client_of(gateway) as client:
        first = client.learn(posted(TIERS))
    with client_of(gateway) as client:
        assert client.send(posted(TIERS)).same == first.same
        # Before and after it others are read on the same connection.
        assert b"Query" in client.send(posted("{ __typename }")).body
        assert client.send(posted(TIERS)).body == first.body
    assert counted(gateway)["repeated"] == 4


def test_it_is_told_as_any_other(programs: tuple[ProgramConfig, ...], tmp_path: Path) -> None:
    written = WrittenLog(tmp_path / "log")
    keys = Keys().add("board", PEOPLE)
    request = posted(TIERS, f"Authorization: Bearer {keys['board']}")
    with (
        running_gateway(*programs, cache=KEEPING, access=keys.config, log=written.log) as gateway,
        client_of(gateway) as client,
    ):
        ids = [client.send(request).request_id for _ in range(3)]
        lines = written.lines(3)
    written.close()
    assert [line["request_id"] for line in lines] == ids
    assert [line["served"] for line in lines] == ["executed", "repeated", "repeated"]
    for line in lines:
        about = (line["operation"], line["caller"], line["status"], line["outcome"])
        assert about == ("Tiers", "key:board", 200, "ok")
    assert lines[2]["upstream_calls"] == 0


def test_a_change_ends_it(gateway: Gateway) -> None:
    query = '{ program(key: "block-haven") { tiers { nodes { id name } } } }'
    with client_of(gateway) as client:
        tier = json.loads(client.learn(posted(query)).body)["data"]["program"]["tiers"]["nodes"][0]
        gateway.data(RENAME % tier["id"])
        for _ in range(3):
            assert b'"Renamed"' in client.send(posted(query)).body


def test_it_comes_in_pieces_or_with_others(gateway: Gateway) -> None:
    request = posted(TIERS)
    with client_of(gateway) as client:
        body = client.learn(request).body
        for cut in (1, 20, -10, -1):
            assert client.send(request[:cut], request[cut:]).body == body
        client.send(request * 3)
        assert [client.got().body for _ in range(2)] == [body, body]
        # Known bytes that are but a part of something else.
        quoting = json.dumps({"query": f"query Tiers {{ __typename }} # {request!r}"}).encode()
        head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        length = b"Content-Length: %d\r\n\r\n" % (len(quoting) + len(request))
        got = client.send(head + length + quoting, request)
        assert got.status == 400
        assert client.send(request).body == body


def test_empty_lines_between_requests_add_up_to_nothing(
    programs: tuple[ProgramConfig, ...],
) -> None:
    demand = LimitsConfig(header_bytes=400)
    with (
        running_gateway(*programs, cache=KEEPING, demand=demand) as gateway,
        client_of(gateway) as client,
    ):
        client.learn(posted(TIERS))
        assert {client.send(posted(TIERS) + b"\r\n").status for _ in range(300)} == {200}


def test_neither_credentials_nor_what_was_asked_is_kept_of_it(
    programs: tuple[ProgramConfig, ...],
) -> None:
    keys = Keys().add("board", PEOPLE)
    request = posted(TIERS, f"Authorization: Bearer {keys['board']}")
    with running_gateway(*programs, cache=KEEPING, access=keys.config) as gateway:
        with client_of(gateway) as client:
            client.learn(request)
        gateway.http.close()
        gc.collect()
        holders = [
            holder
            for holder in gc.get_objects()
            if isinstance(holder, tuple | list)
            and any(type(part) is bytes and keys["board"].encode() in part for part in holder)
        ]
    assert not holders


@pytest.mark.parametrize("more", [b"\x00\x00", b"GET"], ids=["no request", "the next one's begin"])
def test_what_has_more_behind_it_is_not_known(gateway: Gateway, more: bytes) -> None:
    for _ in range(4):
        with connected(gateway) as connection:
            connection.sendall(posted(TIERS) + more)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    assert "repeated" not in counted(gateway)


@pytest.mark.parametrize(
    "header",
    [
        *("X-Request-Id: not plain", "Traceparent: 00-none"),
        *("Cache-Control: no-cache", "GraphQL-Cost: 1", f"X-Long: {'x' * LARGEST}"),
    ],
    ids=["no plain id", "no trace", "fresh data", "its cost", "a long one"],
)
def test_what_is_not_asked_again_and_again_is_not_known(gateway: Gateway, header: str) -> None:
    with client_of(gateway) as client:
        got = [client.send(posted(TIERS, header)) for _ in range(4)]
    assert {one.status for one in got} == {200}
    assert "repeated" not in counted(gateway)
    assert len({one.request_id for one in got}) == 4


@pytest.mark.parametrize(
    ("version", "header"), [("1.1", "Connection: close"), ("1.0", "X-Nothing: 1")]
)
def test_what_ends_its_connection_is_not_known(gateway: Gateway, version: str, header: str) -> None:
    for _ in range(4):
        with client_of(gateway) as client:
            got = client.send(posted(TIERS, header, version=version))
            assert (got.status, got.headers["connection"]) == (200, "close")
    assert "repeated" not in counted(gateway)


def test_who_may_no_longer_ask_is_refused(programs: tuple[ProgramConfig, ...]) -> None:
    keys = Keys().add("board", PEOPLE).add("other", READ)
    request = posted(TIERS, f"Authorization: Bearer {keys['board']}")
    with (
        reloaded(*programs, cache=KEEPING, access=keys.config) as changing,
        client_of(changing.gateway) as client,
    ):
        assert client.learn(request).status == 200
        changing.change(access=AccessConfig(keys.config.callers[1:]))
        assert client.send(request).status == 401
        changing.change(access=keys.config)
        assert client.learn(request).status == 200


def test_a_token_ends_when_it_expires(programs: tuple[ProgramConfig, ...]) -> None:
    with serve_in_thread(Issuer()) as served:
        url = f"{served.origin}/jwks.json"
        rules = JwtTable(issuer=ISSUER, audience=AUDIENCE, jwks_url=url, leeway_seconds=0)
        access = AccessConfig(jwt=rules)
        with running_gateway(*programs, cache=KEEPING, access=access) as gateway:
            credential = token(exp=int(time.time()) + 3)
            request = posted(TIERS, f"Authorization: Bearer {credential}")
            with client_of(gateway) as client:
                got = [client.send(request) for _ in range(3)]
                assert {one.body for one in got} == {got[0].body}
                until(lambda: client.send(request).status == 401)


def test_programs_that_are_gone_are_gone(programs: tuple[ProgramConfig, ...]) -> None:
    with reloaded(*programs, cache=KEEPING) as changing, client_of(changing.gateway) as client:
        request = posted("query Keys { programs { key } }")
        assert client.learn(request).body.count(b'"key"') == 2
        changing.change(programs=programs[:1])
        assert client.learn(request).body.count(b'"key"') == 1


def test_it_counts_for_the_rate(programs: tuple[ProgramConfig, ...]) -> None:
    demand = LimitsConfig(requests_per_minute=6)
    keys = Keys().add("board", PEOPLE)
    request = posted("query Keys { programs { key } }", f"Authorization: Bearer {keys['board']}")
    with (
        running_gateway(*programs, cache=KEEPING, access=keys.config, demand=demand) as gateway,
        client_of(gateway) as client,
    ):
        got = [client.send(request) for _ in range(8)]
    assert [one.status for one in got] == [200] * 6 + [429] * 2
    assert "retry-after" in got[-1].headers


def test_pages_of_other_origins_are_told_what_they_may_read(
    programs: tuple[ProgramConfig, ...],
) -> None:
    http = HttpConfig(origins=("https://shop.example",))
    with (
        running_gateway(*programs, cache=KEEPING, http=http) as gateway,
        client_of(gateway) as client,
    ):
        allowed = client.learn(posted(TIERS, "Origin: https://shop.example"))
        assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
        for _ in range(3):
            assert client.send(posted(TIERS, "Origin: https://evil.example")).status == 403


class Offered:
    """Requests that are known, and the answers that are kept."""

    def __init__(self, most_bytes: int) -> None:
        self.kept: dict[Question, Finished] = {}
        self.repeats = Repeats(
            Access(AccessConfig(), frozenset()),
            RateLimit(0, MemoryRates(time.monotonic)),
            self.kept.get,
            Requests(Metrics()),
            unused,
            UnderWay(),
            route="/graphql",
            most_bytes=most_bytes,
        )

    def offer(self, number: int, body: bytes) -> Bytes:
        """One more request, read from such a body."""
        request = (), (), b"%d" % number
        scope = {
            "method": "POST",
            "scheme": "http",
            "query_string": b"",
            "headers": [],
            "state": {BYTES: (request, NONE)},
        }
        asked = msgspec.json.decode(body, type=Asked)
        question = Question.of(Request(asked.query or "", None, asked.variables), ANYBODY)
        understood = Understood(asked, ANYBODY, "", USUAL, ())
        self.repeats.offer(Exchange(scope, unused, unused), understood, question)
        return request

    def answered(self, number: int, size: int) -> Bytes:
        """One more request, to which an answer of so many bytes is kept."""
        query = f"{{ a{number}: __typename }}"
        question = Question.of(Request(query, None, None), ANYBODY)
        self.kept[question] = Finished(b"x" * size, 0.0, None, "ok", {})
        request = self.offer(number, json.dumps({"query": query}).encode())
        self.answer(request)
        return request

    def answer(self, request: Bytes) -> Repeat | Again | None:
        return self.repeats.answer(request, NONE)


def test_what_is_known_is_bounded_and_goes_with_its_answer() -> None:
    offered = Offered(100_000)
    requests = [offered.answered(number, 5000) for number in range(50)]
    assert 90_000 < offered.repeats.size <= 100_000
    known = [request for request in requests if isinstance(offered.answer(request), Repeat)]
    assert known == requests[-len(known) :]
    # What is too large is not given so.
    assert isinstance(offered.answer(offered.answered(50, 10**6)), Again)
    assert [request for request in known[1:] if offered.answer(request)] == known[1:]
    # What answered them is kept no more.
    offered.kept.clear()
    before = offered.repeats.size
    assert all(isinstance(offered.answer(request), Again) for request in known[1:])
    assert offered.repeats.size < before - 5000 * len(known[1:])


@pytest.mark.parametrize("value", ["{}", "[]", '{"a":1}', '"aé"', "1.5", "1"])
def test_it_takes_no_more_memory_than_it_is_reckoned_to(value: str) -> None:
    values = ",".join([value] * (6000 // (len(value) + 1)))
    offered = Offered(2**30)
    gc.collect()
    tracemalloc.start()
    for number in range(50):
        # What is of no use any more must not count.
        told = f'"variables":{{"a":[{values}]}},"extensions":{{"a":[{values}]}}'
        offered.offer(number, f'{{"query":"{{ a{number} }}",{told}}}'.encode())
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken <= offered.repeats.size


async def unused(*_: Any) -> Any:
    raise AssertionError
