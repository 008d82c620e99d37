"""The load generator against a server whose every answer is known."""

import pytest
import uvloop

from benchmarks.load import WrongAnswer, ask
from benchmarks.upstream.recording import PIGGY_SETTINGS, PIXLPAY_SETTINGS, Answers
from benchmarks.upstream.serving import Upstream


def get(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def port(upstream: Upstream) -> int:
    return int(upstream.origin.rpartition(":")[2])


def test_asks_as_often_as_told_whatever_the_connections(
    upstream: Upstream, answers: Answers
) -> None:
    upstream.requests()
    asked = ask(
        port(upstream),
        get(PIGGY_SETTINGS),
        connections=3,
        most=100,
        expected=answers[PIGGY_SETTINGS],
    )
    load = uvloop.run(asked)

    assert load.count == 100
    assert load.last == answers[PIGGY_SETTINGS]
    assert 0 < min(load.latencies) <= max(load.latencies) <= load.seconds
    assert upstream.requests() == 100


def test_asks_each_request_once(upstream: Upstream) -> None:
    upstream.requests()
    load = uvloop.run(
        ask(port(upstream), [get(PIGGY_SETTINGS), get(PIXLPAY_SETTINGS)], connections=5)
    )
    assert load.count == upstream.requests() == 2


def test_an_unexpected_answer_ends_it(upstream: Upstream, answers: Answers) -> None:
    asked = ask(port(upstream), get(PIGGY_SETTINGS), most=5, expected=answers[PIXLPAY_SETTINGS])
    with pytest.raises(WrongAnswer, match=r"^200: \{"):
        uvloop.run(asked)


def test_a_status_other_than_200_ends_it(upstream: Upstream) -> None:
    with pytest.raises(WrongAnswer, match=r"^404: "):
        uvloop.run(ask(port(upstream), get("/nowhere"), most=5))


def test_a_server_that_hangs_up_ends_it(upstream: Upstream) -> None:
    with pytest.raises(WrongAnswer, match=r"^connection lost"):
        uvloop.run(ask(port(upstream), b"no HTTP\r\n\r\n", most=1))
