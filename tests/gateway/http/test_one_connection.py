"""Requests as they come over a connection: together, in pieces, and from old clients."""

import http.client
import json

import pytest

from tests.gateway.http.connections import Rest, connected, posted
from tests.running import Gateway


def request(number: int, *headers: str, version: str = "1.1") -> bytes:
    """A question whose answer tells its number."""
    return posted(f"{{ q{number}: __typename }}", *headers, version=version)


def number_in(response: http.client.HTTPResponse) -> int:
    assert response.status == 200
    [name] = json.loads(response.read(int(response.headers["content-length"])))["data"]
    return int(name.removeprefix("q"))


def test_requests_that_come_together_are_answered_in_their_order(idle: Gateway) -> None:
    with connected(idle) as connection:
        connection.sendall(b"".join(map(request, range(300))))
        rest = Rest(connection)
        assert [number_in(rest.answer()) for _ in range(300)] == list(range(300))


@pytest.mark.parametrize("cut", [10, -40, -1], ids=["in the head", "at the body", "at the end"])
def test_a_request_that_comes_in_pieces_is_answered(idle: Gateway, cut: int) -> None:
    whole = request(7)
    with connected(idle) as connection:
        rest = Rest(connection)
        for _ in range(2):
            connection.sendall(whole[:cut])
            connection.sendall(whole[cut:])
            assert number_in(rest.answer()) == 7
            connection.sendall(request(8))
            assert number_in(rest.answer()) == 8


@pytest.mark.parametrize("name", ["Upgrade", "upgrade"])
@pytest.mark.parametrize("cut", [10, -40, None], ids=["in the head", "at the body", "whole"])
def test_another_protocol_that_is_offered_is_passed_over(
    idle: Gateway, name: str, cut: int | None
) -> None:
    # As the client of Java's own library does with what it asks first.
    offer = ("Connection: Upgrade, HTTP2-Settings", f"{name}: h2c", "HTTP2-Settings: AAMAAABk")
    whole = request(7, *offer)
    with connected(idle) as connection:
        rest = Rest(connection)
        for _ in range(2):
            connection.sendall(whole[:cut])
            connection.sendall(b"" if cut is None else whole[cut:])
            assert number_in(rest.answer()) == 7
            connection.sendall(request(8))
            assert number_in(rest.answer()) == 8


@pytest.mark.parametrize(
    ("version", "header"), [("1.1", "Connection: close"), ("1.0", "X-Nothing: 1")]
)
def test_a_connection_ends_with_the_answer_where_it_should(
    idle: Gateway, version: str, header: str
) -> None:
    with connected(idle) as connection:
        connection.sendall(request(1, header, version=version))
        rest = Rest(connection)
        answer = rest.answer()
        assert answer.headers["connection"] == "close"
        assert number_in(answer) == 1
        assert rest.is_over()


def test_an_answer_that_ends_a_connection_has_the_headers_of_every_other(idle: Gateway) -> None:
    with connected(idle) as connection:
        rest = Rest(connection)
        heads = []
        for header in ("X-Request-Id: a", "X-Request-Id: a\r\nConnection: close"):
            connection.sendall(request(1, header))
            answer = rest.answer()
            assert number_in(answer) == 1
            heads.append(dict(answer.getheaders()))
        one, other = heads
        assert other.pop("connection") == "close"
        assert one.keys() == other.keys() >= {"date", "content-type", "x-request-id"}
        assert {**one, "date": ""} == {**other, "date": ""}


def test_who_waits_for_leave_to_send_a_body_gets_it(idle: Gateway) -> None:
    head, _, body = request(3, "Expect: 100-continue").partition(b"\r\n\r\n")
    with connected(idle) as connection:
        connection.sendall(head + b"\r\n\r\n")
        rest = Rest(connection)
        assert rest.makefile("rb").readline() == b"HTTP/1.1 100 Continue\r\n"
        assert rest.makefile("rb").readline() == b"\r\n"
        connection.sendall(body)
        assert number_in(rest.answer()) == 3


def test_what_is_no_request_after_one_ends_the_connection(idle: Gateway) -> None:
    with connected(idle) as connection:
        connection.sendall(request(1) + b"\x00\x00\r\n\r\n")
        rest = Rest(connection)
        assert rest.makefile("rb").readline().startswith(b"HTTP/1.1 400 ")


def test_a_proxy_tells_who_asked(idle: Gateway) -> None:
    for address, status in (("127.0.0.1", 200), ("203.0.113.7", 403)):
        with connected(idle) as connection:
            connection.sendall(request(1, f"X-Forwarded-For: {address}"))
            assert Rest(connection).answer().status == status
