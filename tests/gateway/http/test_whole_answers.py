"""Answers that are there whole: on this server and on others, to clients that are slow or gone."""

import http.client

import pytest

from gateway.http.headers import lines
from gateway.http.whole_answers import SMALL
from tests.gateway.http.connections import Rest, connected, posted
from tests.running import Gateway

LARGE = "{ __schema { types { name description } } }"


def got(
    gateway: Gateway, method: str, target: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers but for what is of the instant, and body of an answer."""
    connection = http.client.HTTPConnection(gateway.origin.removeprefix("http://"), timeout=60)
    connection.request(method, target, body, {"X-Request-Id": "mine", **headers})
    answer = connection.getresponse()
    told = {name.lower(): value for name, value in answer.getheaders()}
    told.pop("date")
    content = answer.read()
    answer.close()
    connection.close()
    return answer.status, told, content


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "target", "body", "headers"),
    [
        ("POST", "/graphql", b'{"query": "{ __typename }"}', JSON),
        ("POST", "/graphql", b'{"query": "{ __typename }"}', {**JSON, "Connection": "close"}),
        ("POST", "/graphql", b'{"query": "{"}', JSON),
        ("POST", "/graphql", b"{}", {**JSON, "Origin": "https://else.example"}),
        ("POST", "/graphql", b"{}", {"Content-Type": "text/plain"}),
        ("POST", "/graphql", f'{{"query": "{LARGE}"}}'.encode(), JSON),
        ("GET", "/graphql?query={__typename}", None, {}),
        ("HEAD", "/graphql?query={__typename}", None, {}),
        ("GET", "/graphql", None, {"Accept": "text/html"}),
        ("PUT", "/graphql", b"{}", JSON),
        ("GET", "/healthz", None, {}),
    ],
)
def test_they_are_what_any_server_would_send(
    idle: Gateway,
    elsewhere: Gateway,
    method: str,
    target: str,
    body: bytes | None,
    headers: dict[str, str],
) -> None:
    here, there = (got(one, method, target, body, headers) for one in (idle, elsewhere))
    assert here == there
    assert here[1]["x-request-id"] == "mine"


def test_who_has_the_same_is_told_so_without_a_body(idle: Gateway, elsewhere: Gateway) -> None:
    target = "/graphql?query={__typename}"
    _, told, _ = got(idle, "GET", target, None, {})
    same = {"If-None-Match": told["etag"]}
    here, there = (got(one, "GET", target, None, same) for one in (idle, elsewhere))
    assert here == there
    assert here[0] == 304
    assert not here[2]


@pytest.mark.parametrize("query", ["{ __typename }", LARGE])
def test_many_that_nobody_reads_for_a_while_come_all(idle: Gateway, query: str) -> None:
    with connected(idle) as connection:
        connection.sendall(posted(query) * 300)
        expected = idle.ask(query).http.content  # others are answered meanwhile
        rest = Rest(connection)
        for _ in range(300):
            answer = rest.answer()
            assert answer.read(int(answer.headers["content-length"])) == expected
    assert (len(expected) > SMALL) == (query == LARGE)


def test_a_client_that_is_gone_harms_nobody(idle: Gateway) -> None:
    for _ in range(20):
        with connected(idle) as connection:
            connection.sendall(posted(LARGE) * 20)
    assert idle.data("{ __typename }")


@pytest.mark.parametrize(
    "header",
    [
        (b"x-a", b"b\r\nx-c: d"),
        (b"x-a", b"b\nc"),
        (b"x-a", b"\x00"),
        (b"x-a", b"\x7f"),
        (b"x-a\r\nx-b", b"c"),
        (b"x a", b"b"),
        (b"x-a:", b"b"),
        (b"", b"b"),
    ],
)
def test_what_is_no_header_is_not_sent(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="not fit"):
        lines([(b"x-good", b"a\tb \xe9"), header])


def test_headers_are_lines() -> None:
    assert lines([(b"x-a", b"b"), (b"x-c", b"")]) == b"x-a: b\r\nx-c: \r\n"
