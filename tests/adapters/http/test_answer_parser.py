"""Answers out of bytes: wherever they are cut, and whatever follows them."""

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters._http.answer_parser import MAX_OVERHEAD_BYTES, AnswerParser
from adapters._http.wire import Answer
from tests.adapters.http.rawserver import CHUNKED, OK

INTERIM = b"HTTP/1.1 103 Early Hints\r\nretry-after: 5\r\n\r\n"
FIELDS = (
    b"X-RateLimit-Limit: 1 \r\nX-RateLimit-Remaining:\r\nretry-after: 1\r\nX-Else: 1\r\n"
    b"Retry-After: 2\r\n"
)
WHOLE = {
    "told length": OK.replace(b"content-l", FIELDS + b"content-l"),
    "chunks": CHUNKED.replace(b"\r\n\r\n", b"\r\n" + FIELDS + b"\r\n")
    + b"1;x=y\r\no\r\n1\r\nk\r\n0\r\nx-ratelimit-limit: 7\r\n\r\n",
    "after interim answers": INTERIM * 3 + OK.replace(b"content-l", FIELDS + b"content-l"),
}

examples = settings(derandomize=True, deadline=None, max_examples=60)


def parsed(*parts: bytes) -> AnswerParser:
    parser = AnswerParser()
    for part in parts:
        parser.feed(part)
    return parser


def cut(data: bytes, at: list[int]) -> list[bytes]:
    ends = sorted(position % len(data) for position in at)
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True) if a < b]


@pytest.mark.parametrize("name", WHOLE)
@examples
@given(at=st.lists(st.integers(0, 10_000), max_size=12))
def test_an_answer_is_the_same_wherever_it_is_cut(name: str, at: list[int]) -> None:
    parser = parsed(*cut(WHOLE[name], at))
    assert parser.is_complete
    assert parser.can_continue
    answer = parser.take()
    assert answer.status == 200
    assert answer.body == b"ok"
    framing = {"content-length", "transfer-encoding"}
    own = {name: value for name, value in answer.headers.items() if name not in framing}
    assert own == {"x-ratelimit-limit": "1", "x-ratelimit-remaining": "", "retry-after": "1, 2"}


@examples
@given(at=st.lists(st.integers(0, 10_000), max_size=12))
def test_one_answer_after_another_comes_out_of_the_same_parser(at: list[int]) -> None:
    parser = AnswerParser()
    for body in (b"ok", b"no", b"ok"):
        parser.begin()
        for part in cut(OK.replace(b"\r\nok", b"\r\n" + body), at):
            parser.feed(part)
        assert parser.take() == Answer(200, {"content-length": "2"}, body)


@examples
@given(st.binary(max_size=300))
def test_whatever_comes_is_an_answer_or_a_fault_and_nothing_else(data: bytes) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n", CHUNKED):
        try:
            parser = parsed(start + data)
            parser.end()
            parser.take()
        except (httpx.TransportError, httpx.DecodingError):
            pass
        else:
            assert parser.is_complete


@pytest.mark.parametrize("more", [b"H", OK, b"{}", b"\0", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_what_follows_an_answer_takes_nothing_from_it_and_ends_the_connection(more: bytes) -> None:
    parser = parsed(OK + more)
    assert not parser.can_continue
    assert parser.take().body == b"ok"


@pytest.mark.parametrize(
    ("answer", "can_continue"),
    [
        (OK, True),
        (OK.replace(b"content-l", b"Connection: close\r\ncontent-l"), False),
        (OK.replace(b"1.1", b"1.0"), False),
        (
            OK.replace(b"1.1", b"1.0").replace(
                b"content-l", b"Connection: keep-alive\r\ncontent-l"
            ),
            True,
        ),
        (b"HTTP/1.1 204 None\r\n\r\n", True),
        (b"HTTP/1.1 304 None\r\ncontent-length: 5\r\n\r\n", True),
    ],
)
def test_whether_a_connection_goes_on(answer: bytes, can_continue: bool) -> None:
    parser = parsed(answer)
    assert parser.is_complete
    assert parser.can_continue is can_continue


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"content-l", b"transfer-encoding: chunked\r\ncontent-l"),
        OK.replace(b"content-l", b"content-length: 2\r\ncontent-l"),
        CHUNKED.replace(b"chunked", b"gzip"),
        CHUNKED.replace(b"chunked", b"chunked\r\ntransfer-encoding: chunked"),
        OK.replace(b"\r\n", b"\n"),
        OK.replace(b"content-l", b"x: a\r\n b\r\ncontent-l"),
        OK.replace(b"content-l", b"x : a\r\ncontent-l"),
        OK.replace(b"content-l", b"x: a\0b\r\ncontent-l"),
        OK.replace(b": 2", b": +2"),
        OK.replace(b": 2", b": 99999999999999999999"),
        OK.replace(b"1.1", b"7.3"),
        OK.replace(b"200", b"042"),
        OK.replace(b"200", b"101"),
        OK.replace(b"200 OK", b"101 X\r\nconnection: upgrade\r\nupgrade: x"),
        CHUNKED + b"fffffffffffffffff\r\n",
        CHUNKED + b"1\r\nokk",
    ],
)
def test_what_is_not_well_formed_is_no_answer(answer: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        parsed(answer)


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"HTTP/1.1 200 OK\r\nx: ", b"y" * 1000),
        (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n" * 100),
        (b"", INTERIM * 20),
        (CHUNKED + b"2;", b"x" * 1000),
        (CHUNKED + b"2\r\nok\r\n0\r\nx: ", b"y" * 1000),
    ],
    ids=["a header", "headers", "interim answers", "extensions of a chunk", "a trailer"],
)
def test_whatever_is_no_body_is_bounded(start: bytes, more: bytes) -> None:
    enough = MAX_OVERHEAD_BYTES // len(more)
    parsed(start, *[more] * (enough // 2))
    with pytest.raises(httpx.RemoteProtocolError):
        parsed(start, *[more] * (enough + 1))


def test_many_fields_of_one_name_are_joined_in_no_time_worth_telling() -> None:
    fields = b"".join(b"retry-after: %d\r\n" % n for n in range(3000))
    answer = parsed(OK.replace(b"content-l", fields + b"content-l")).take()
    assert answer.headers["retry-after"] == ", ".join(map(str, range(3000)))


@pytest.mark.parametrize("answer", [b"", OK[:20], OK[:-1], CHUNKED + b"2\r\nok\r\n", INTERIM])
def test_an_end_that_comes_too_early_is_told(answer: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        parsed(answer).end()


def test_a_body_of_no_told_length_ends_with_the_connection() -> None:
    parser = parsed(b"HTTP/1.1 200 OK\r\n\r\no", b"k")
    assert not parser.is_complete
    parser.end()
    assert not parser.can_continue
    assert parser.take() == Answer(200, {}, b"ok")
