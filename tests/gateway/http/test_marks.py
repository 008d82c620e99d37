"""Requests that came before under another place in a trace, or another id, are answered as any
other; what merely looks like one of these is read."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.provider import ProgramConfig
from gateway.config import LimitsConfig
from tests.gateway.access.callers import PEOPLE, Keys
from tests.gateway.http.connections import Rest, connected, posted
from tests.gateway.http.repeated import KEEPING, TIERS, client_of, counted
from tests.gateway.telemetry.logging_to import WrittenLog
from tests.running import Gateway, running_gateway

Marked = Callable[[int], list[str]]


def trace(number: int) -> str:
    return f"00-{number + 1:032x}-{number + 1:016x}-01"


def of_id(request_id: str, query: str = TIERS) -> bytes:
    return posted(query, f"X-Request-Id: {request_id}")


@pytest.fixture
def gateway(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    """An open one that keeps whole answers for longer than a test takes."""
    with running_gateway(*programs, cache=KEEPING) as running:
        yield running


@pytest.mark.parametrize(
    "marked",
    [
        lambda n: [f"traceparent: {trace(n)}"],
        lambda n: [f"Traceparent:{trace(n)}", "Accept: application/json"],
        lambda n: [f"TRACEPARENT: {trace(n)}"],
        lambda n: [f"x-request-id: id={n}"],
        lambda n: [f"X-Request-ID: {n}{'+' * 127}"],
        lambda n: [f"X-Request-Id: Content-Length:{n}", f"traceparent: {trace(n)}"],
        lambda n: [f"traceparent: {trace(n)}", "Accept: */*", f"X-REQUEST-ID:{n}"],
        lambda n: [f"traceparent: {'0-f'[n % 3] * 55}"],
        lambda n: [f"traceparent: {trace(n)}", f"tracestate: dd=s:1;o:rum;p:{n:016x}, a = b"],
        lambda n: [f"sentry-trace: {trace(n)[3:-2]}1", f"Baggage: sentry-trace_id={n:032x}; x"],
        lambda n: [f"Sentry-Trace:{trace(n)[3:-3]}", f"baggage: {n}"],
    ],
    ids=[
        *("trace", "first letter", "capitals", "id", "long id", "both", "far apart", "makes none"),
        *("with its state", "of Sentry", "of Sentry, undecided"),
    ],
)
def test_it_is_the_same_answer_under_its_own_id(gateway: Gateway, marked: Marked) -> None:
    with client_of(gateway) as client:
        got = [client.send(posted(TIERS, *marked(number))) for number in range(5)]
    assert len({one.same for one in got}) == 1
    assert counted(gateway) == {"executed": 1, "repeated": 4}
    assert len({one.request_id for one in got}) == 5
    for number, one in enumerate(got):
        for name, _, value in (line.partition(":") for line in marked(number)):
            if name.lower() == "x-request-id":
                assert one.request_id == value.strip()


def test_it_is_told_under_its_own_id(programs: tuple[ProgramConfig, ...], tmp_path: Path) -> None:
    written = WrittenLog(tmp_path / "log")
    ids = [f"mine-{number}" for number in range(4)]
    with (
        running_gateway(*programs, cache=KEEPING, log=written.log) as gateway,
        client_of(gateway) as client,
    ):
        assert [client.send(of_id(one)).request_id for one in ids] == ids
        lines = written.lines(4)
    written.close()
    assert [line["request_id"] for line in lines] == ids
    assert [line["served"] for line in lines] == ["executed", "repeated", "repeated", "repeated"]


def test_each_way_to_mark_it_is_known_on_its_own(gateway: Gateway) -> None:
    ways = [
        [],
        [f"traceparent: {trace(0)}"],
        [f"Traceparent: {trace(0)}"],
        ["X-Request-Id: mine"],
        ["X-Request-Id: longer"],
        [f"traceparent: {trace(0)}", "X-Request-Id: mine"],
        ["X-Request-Id: mine", f"traceparent: {trace(0)}"],
        # What is left of one without its mark.
        ["X-Request-Id: "],
    ]
    with client_of(gateway) as client:
        client.send(posted(TIERS))
        for _ in range(2):
            for way in ways:
                client.send(posted(TIERS, *way))
    # An id that is empty is not plain.
    assert counted(gateway) == {"executed": 1, "kept": len(ways), "repeated": len(ways)}


@pytest.mark.parametrize(
    "marked",
    [
        lambda n: [f"traceparent: {trace(n)}", f"traceparent: {trace(n)}"],
        lambda n: [f"traceparent: {trace(0)}", f"Traceparent: {trace(n)}"],
        lambda n: [f"traceparent: {trace(n).replace('0', 'A')}"],
        lambda n: [f"traceparent: {trace(n)[1:]}"],
        lambda n: [f"traceparent: {trace(n)}-more"],
        lambda n: [f"traceparent:  {trace(n)}"],
        lambda n: [f"traceparent:\t{trace(n)}"],
        lambda n: [f"traceparent: {trace(n)} "],
        lambda n: [f"traceparent: {trace(n)},{trace(n)}"],
        lambda n: [f"traceparent: {trace(n)}; x-request-id: mine"],
        lambda n: [f"X-Traceparent: {trace(n)}"],
        lambda n: [f"X-Before: traceparent: {trace(n)}"],
        lambda n: [f"X-Trace: {trace(n)}"],
        lambda n: [f"tracestate: a={n}", "tracestate: b=1"],
        lambda n: [f"baggage: a=\xe4{n}"],
        lambda n: [f"baggage: {n}{'+' * 1024}"],
        lambda n: [f"sentry-trace: {trace(n)}"],
    ],
    ids=[
        *("twice", "twice, one the same", "capitals", "short", "long", "two blanks", "a tab"),
        *("a blank behind", "two in one", "another behind", "another name", "in a value"),
        *("another header", "a state in two lines", "an umlaut", "long baggage", "another form"),
    ],
)
def test_what_is_no_plain_trace_is_read(gateway: Gateway, marked: Marked) -> None:
    with client_of(gateway) as client:
        got = [client.send(posted(TIERS, *marked(number))) for number in range(4)]
    assert {one.status for one in got} == {200}
    assert counted(gateway) == {"executed": 1, "kept": 3}


@pytest.mark.parametrize(
    "marked",
    [
        lambda n: [f"X-Request-Id: {n}", f"X-Request-Id: {n}"],
        lambda n: ["X-Request-Id: mine", f"x-request-id: {n}"],
        lambda n: [f"X-Request-Id: mine, {n}"],
        lambda n: [f"X-Request-Id: {n}{'+' * 128}"],
        lambda n: [f"X-Request-Id: {n}\xe4"],
        lambda n: [f"X-Request-Id: {n}<script>"],
        lambda n: ["X-Request-Id:"],
    ],
    ids=["twice", "twice, one the same", "a list", "long", "an umlaut", "markup", "nothing"],
)
def test_what_is_no_plain_id_is_read_and_replaced(gateway: Gateway, marked: Marked) -> None:
    with client_of(gateway) as client:
        got = [client.send(posted(TIERS, *marked(number))) for number in range(4)]
    assert {one.status for one in got} == {200}
    assert counted(gateway) == {"executed": 1, "kept": 3}
    assert len({one.request_id for one in got}) == 4
    assert {len(one.request_id) for one in got} == {16}


# Each follows a request that is known, and that it is but for where its lines end or begin.
BROKEN = {
    "bare LF": b"X-Request-Id: mine\nX-More: 1\r\n",
    "bare CR": b"X-Request-Id: mine\rX-More: 1\r\n",
    "LF ends the head": b"X-Request-Id: mine\n\nX-More: 1\r\n",
    "CR LF LF ends the head": b"X-Request-Id: mine\r\n\nX-More: 1\r\n",
    "LF before the name": b"X-More: 1\nX-Request-Id: mine\r\n",
    "folded": b"X-Request-Id: mine\r\n more\r\n",
    "folded before the value": b"X-Request-Id:\r\n mine\r\n",
    "folded by a tab": b"X-Request-Id: mine\r\n\tX-More: 1\r\n",
    "is folded": b"X-More: 1\r\n X-Request-Id: mine\r\n",
    "a blank before the colon": b"X-Request-Id : mine\r\n",
    "a blank before the name": b" X-Request-Id: mine\r\n",
    "NUL": b"X-Request-Id: m\0ne\r\n",
    "NUL in place of it": b"X-Request-Id: \0\0\0\0\r\n",
    "second one without a colon": b"X-Request-Id: mine\r\nX-Request-Id mine\r\n",
}


@pytest.mark.parametrize("lines", BROKEN.values(), ids=BROKEN)
def test_what_is_no_request_is_none_whatever_came_before(gateway: Gateway, lines: bytes) -> None:
    with client_of(gateway) as client:
        for known in (b"X-Request-Id: mine\r\nX-More: 1\r\n", b"X-Request-Id: mine\r\n"):
            client.learn(with_lines(known))
    with connected(gateway) as connection:
        connection.sendall(with_lines(lines))
        rest = Rest(connection)
        answer = rest.answer()
        assert answer.status == 400
        assert b"no HTTP request" in answer.read()
        assert rest.is_over()


def with_lines(lines: bytes) -> bytes:
    head, end, body = posted(TIERS).partition(b"\r\n\r\n")
    return head + b"\r\n" + lines + end[2:] + body


def test_another_body_is_another_request(gateway: Gateway) -> None:
    names, ids = (
        "query Tiers { tiers { nodes { name } } }",
        "query Tiers { tiers { nodes { id   } } }",
    )
    with client_of(gateway) as client:
        known = client.learn(of_id("mine", names))
        got = client.send(of_id("your", ids))
    assert len(posted(names)) == len(posted(ids))
    assert b'"id"' in got.body
    assert b'"id"' not in known.body
    assert got.request_id == "your"


def test_another_line_in_the_place_of_a_value_is_another_request(
    programs: tuple[ProgramConfig, ...],
) -> None:
    keys = Keys().add("board", PEOPLE)
    authorization = f"Authorization: Bearer {keys['board']}"
    with running_gateway(*programs, cache=KEEPING, access=keys.config) as gateway:
        with client_of(gateway) as client:
            assert client.learn(posted(TIERS, "X-Request-Id: mine", authorization)).status == 200
            smuggled = f"X-Request-Id: mi\r\nX: {authorization}"
            assert client.send(posted(TIERS, smuggled)).status == 401
            stranger = f"Authorization: Bearer {'x' * len(keys['board'])}"
            assert client.send(posted(TIERS, "X-Request-Id: mine", stranger)).status == 401
        with connected(gateway) as connection:
            smuggled = "X-Request-Id: mi\r\nContent-Length: 5"
            connection.sendall(posted(TIERS, smuggled, authorization))
            assert Rest(connection).answer().status == 400


def chunked(query: str, *trailers: str) -> bytes:
    body = json.dumps({"query": query})
    lines = [
        *("POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json"),
        *("Transfer-Encoding: chunked", "", f"{len(body):x}", body, "0", *trailers, "", ""),
    ]
    return "\r\n".join(lines).encode()


def test_nothing_behind_the_head_is_a_mark(gateway: Gateway) -> None:
    with client_of(gateway) as client:
        got = [
            client.send(chunked(TIERS, f"traceparent: {trace(number)}", f"X-Request-Id: {number}"))
            for number in range(4)
        ]
    assert len({one.same for one in got}) == 1
    assert {len(one.request_id) for one in got} == {16}
    assert counted(gateway) == {"executed": 1, "kept": 3}


def test_what_looks_like_a_head_in_a_body_is_read(gateway: Gateway) -> None:
    query = f"query Tiers {{ tiers {{ nodes {{ name }} }} }} # {TIERS}"
    with client_of(gateway) as client:
        known = client.learn(of_id("mine"))
        for _ in range(2):
            quoted = client.send(of_id("mine", f"{query} {of_id('mine')!r}"))
            assert quoted.body != known.body
            # A body of text that is no JSON.
            text = b"\r\nX-Request-Id: mine\r\n\r\n"
            head = posted("", "X-Request-Id: mine").partition(b"\r\n\r\n")[0]
            length = b"Content-Length: %d" % len(text)
            request = head.replace(b"Content-Length: 13", length) + b"\r\n\r\n" + text
            assert client.send(request).status == 400
        assert client.send(of_id("mine")).same == known.same


def test_it_comes_in_pieces_or_with_others(gateway: Gateway) -> None:
    with client_of(gateway) as client:
        body = client.learn(of_id("id-0")).body
        request = of_id("id-1")
        value = request.index(b"id-1")
        for cut in (1, value - 2, value, value + 2, value + 4, value + 5, value + 8, -1):
            got = client.send(request[:cut], request[cut:])
            assert (got.request_id, got.body) == ("id-1", body)
        others = of_id("id-3", "query Others { __typename }"), of_id("id-4")
        row = [client.send(of_id("id-2") + b"".join(others)), client.got(), client.got()]
        assert [one.request_id for one in row] == ["id-2", "id-3", "id-4"]
        assert row[0].body == row[2].body == body != row[1].body


def test_two_in_one_piece_are_never_known(gateway: Gateway) -> None:
    with client_of(gateway) as client:
        for number in range(4):
            first = client.send(of_id(f"a{number}") + of_id(f"b{number}"))
            assert [first.request_id, client.got().request_id] == [f"a{number}", f"b{number}"]
    assert "repeated" not in counted(gateway)


@pytest.mark.parametrize("more", [b"\r\nX-Request-Id: b\r\n", b"X-Request-Id: b\r\n\r\n"])
def test_what_has_more_behind_it_is_not_known(gateway: Gateway, more: bytes) -> None:
    for _ in range(4):
        with connected(gateway) as connection:
            connection.sendall(of_id("mine") + more)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    assert "repeated" not in counted(gateway)


def test_a_head_that_is_too_large_is_refused(programs: tuple[ProgramConfig, ...]) -> None:
    demand = LimitsConfig(header_bytes=200)
    with running_gateway(*programs, cache=KEEPING, demand=demand) as gateway:
        with client_of(gateway) as client:
            client.learn(of_id("mine"))
        with connected(gateway) as connection:
            connection.sendall(of_id("m" * 128))
            assert Rest(connection).answer().status == 431


def test_nothing_of_a_mark_stays_for_the_next_one(gateway: Gateway) -> None:
    with client_of(gateway) as client:
        client.learn(of_id("mine"))
        client.learn(posted(TIERS))
        for _ in range(3):
            assert client.send(of_id("your")).request_id == "your"
            assert len(client.send(posted(TIERS)).request_id) == 16
