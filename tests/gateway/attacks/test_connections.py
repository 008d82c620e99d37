"""Connections that are misused: heads without end, requests that hardly come, two lengths."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.config import LimitsConfig
from tests.gateway.attacks.attacked import Attacked
from tests.running import program, running_gateway

HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BODY = b'{"query": "{ __typename }"}'
CHUNKS = b"1b\r\n" + BODY + b"\r\n0\r\n\r\n"
SECONDS = 0.4


@pytest.fixture(scope="module")
def hasty() -> Iterator[Attacked]:
    """A gateway that waits only a moment for requests to come in."""
    demand = LimitsConfig(receive_seconds=SECONDS)
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    with running_gateway(nowhere, demand=demand) as gateway:
        yield Attacked(gateway, PiggySandbox(), PixlpaySandbox())


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def error_in(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head.lower()
    (error,) = json.loads(body)["errors"]
    extensions = error["extensions"]
    assert isinstance(extensions, dict)
    return extensions


HEADS = {
    "many lines": [b"X-%d: %s\r\n" % (n, b"x" * 100) for n in range(10_000)],
    "one line": [b"X: ", *[b"x" * 10_000] * 100],
    "one name": [b"x" * 10_000] * 100,
    "the address": [b"x" * 10_000] * 100,
    "one piece": [b"X: " + b"x" * 100_000 + b"\r\n\r\n"],
}


@pytest.mark.parametrize("what", HEADS)
def test_a_megabyte_of_headers_is_refused(attacked: Attacked, what: str) -> None:
    begin = b"GET /graphql?query=" if what == "the address" else HEAD
    answer = attacked.send(begin, *HEADS[what])
    if answer:  # else the connection was gone before the answer was read
        assert status_of(answer) == 431
        told = error_in(answer)
        assert (told["code"], told["limit"], told["maximum"]) == (
            "LIMIT_EXCEEDED",
            "header_bytes",
            65536,
        )
    assert attacked.gateway.data("{ __typename }") == {"__typename": "Query"}


def test_the_refusal_of_a_head_is_read_by_who_waits_for_it(attacked: Attacked) -> None:
    answer = attacked.send(HEAD + b"X: " + b"x" * 65_536 + b"\r\n\r\n")
    assert status_of(answer) == 431
    assert error_in(answer)["limit"] == "header_bytes"


def test_a_head_just_below_the_limit_is_read(attacked: Attacked) -> None:
    headers = {"x-padding": "x" * 64_000}
    assert attacked.gateway.ask("{ __typename }", headers=headers).data


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: 27\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
        HEAD
        + b"Transfer-Encoding: chunked\r\nContent-Length: 27\r\n\r\n1b\r\n"
        + BODY
        + b"\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 27\r\nContent-Length: 2\r\n\r\n" + BODY,
        HEAD + b"Content-Length: -1\r\n\r\n" + BODY,
        HEAD + b"Content-Length: 99999999999999999999999999\r\n\r\n" + BODY,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY,
        b"POST /graphql HTTP/1.1\nHost localhost\n\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
    ids=["CL+TE", "TE+CL", "CL+CL", "negative", "huge", "bad chunk", "no header", "TLS"],
)
def test_what_is_no_http_is_refused_in_json(attacked: Attacked, request_: bytes) -> None:
    answer = attacked.send(request_ + HEAD + b"\r\n")
    assert status_of(answer) == 400
    assert error_in(answer) == {"code": "BAD_REQUEST"}
    assert answer.count(b"HTTP/1.1") == 1  # what is hidden behind it is not answered


def test_trailers_without_end_are_not_read(attacked: Attacked) -> None:
    trailers = [b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(3000)]
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n1b\r\n" + BODY + b"\r\n0\r\n"
    assert attacked.send(head, *trailers) == b""


SLOW = {
    "nothing at all": (b"", b""),
    "a head that hardly comes": (HEAD, b"X: y\r\n"),
    "a line that hardly comes": (b"GET /graphql?query=", b"x"),
    "a body that hardly comes": (HEAD + b"Content-Length: 1000\r\n\r\n", b" "),
    "chunks that hardly come": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "empty lines": (b"", b"\r\n"),
}


def test_who_hardly_sends_is_left(hasty: Attacked, subtests: pytest.Subtests) -> None:
    with ThreadPoolExecutor(len(SLOW)) as threads:  # all at once, as each is waited for
        left = {what: threads.submit(seconds_until_left, hasty, *SLOW[what]) for what in SLOW}
    for what, seconds in left.items():
        with subtests.test(what):
            assert seconds.result() >= SECONDS * 0.9


def seconds_until_left(hasty: Attacked, first: bytes, dripped: bytes) -> float:
    parts = urlsplit(hasty.origin)
    begun = time.monotonic()
    with socket.create_connection((parts.hostname, parts.port), 30) as connection:
        connection.settimeout(0.05)
        connection.sendall(first)
        while time.monotonic() - begun < 10:
            try:
                connection.sendall(dripped)
                if connection.recv(1000) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            pytest.fail("the connection stayed open")
    return time.monotonic() - begun


def test_who_sends_in_time_may_pause_between_requests(hasty: Attacked) -> None:
    parts = urlsplit(hasty.origin)
    with socket.create_connection((parts.hostname, parts.port), 30) as connection:
        for pause in (0, SECONDS * 1.5, SECONDS * 1.5):
            time.sleep(pause)
            connection.sendall(HEAD + b"Content-Length: 27\r\n\r\n" + BODY)
            assert status_of(connection.recv(65536)) == 200


def test_requests_in_a_row_on_one_connection_are_all_answered(attacked: Attacked) -> None:
    request = HEAD + b"Content-Length: 27\r\n\r\n" + BODY
    last = HEAD + b"Connection: close\r\nContent-Length: 27\r\n\r\n" + BODY
    answer = attacked.send(request * 5 + last)
    assert answer.count(b'{"data":{"__typename":"Query"}}') == 6
