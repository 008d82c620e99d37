"""What is cut out of a request is what the parser takes for the values of a few headers, and
nothing else is."""

import re
from itertools import pairwise
from typing import NamedTuple

import httptools
from hypothesis import event, given, settings
from hypothesis import strategies as st

from gateway.http.marks import Marks, Places, unmarked

repeatable = settings(derandomize=True, deadline=None, max_examples=1000)

MARKS = b"x-request-id", b"traceparent", b"tracestate", b"baggage", b"sentry-trace"

LIST = rb"(?! )[ -~]{1,1024}(?<! )"
FORMS = Marks(rb"[A-Za-z0-9._:/+=-]{1,128}", rb"[0-9a-f-]{55}", LIST, LIST, rb"[0-9a-f-]{49,51}")
CHARACTERS = "Az09._:/+=-", "09af-", "a9,;=:", "a9,;=:", "09af-"

TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PLAIN = [
    *(TRACE, TRACE.replace(b"4", b"0"), b"-" * 55, b"mine", b"your", b"a:b=", b"Host"),
    *(TRACE[3:-1], TRACE[3:-3], b"a=b, c = d", b"Host: a; b"),
]
ODD = [
    *(b"", b"\0" * 4, TRACE.upper(), TRACE[1:], TRACE + b"-", b"a, b", b"m\xe4e", b"mine "),
    *(b"\r\n\r\n", b"m\r\ne", b"m\ne", b"\r\n e", b"mine\r\n more", b"m\r\nX-Request-Id: mine"),
    TRACE + b"\r\ntraceparent: " + TRACE,
]
NAMES = [
    *(b"traceparent", b"Traceparent", b"TRACEPARENT", b"X-Request-Id", b"x-request-id"),
    *(b"tracestate", b"Baggage", b"Sentry-Trace"),
]
ODD_NAMES = [
    *(b"X-Other", b"traceparent ", b" x-request-id", b"x-traceparent", b"x-request-id: X-Other"),
    b"\nX-Request-Id",
]
BODIES = [
    *((b"Content-Length: 0", b""), (b"Content-Length: 4", b"body")),
    *((b"Transfer-Encoding: chunked", b"0\r\n\r\n"), (b"Transfer-Encoding: chunked", b"0\r\n")),
]
ODD_ENDS = [b"\n", b"\r", b"\r\n ", b" \r\n", b"\r\n\t"]

Pair = tuple[bytes, bytes]


def mostly(usual: list[bytes], odd: list[bytes]) -> st.SearchStrategy[bytes]:
    return st.integers(0, 9).flatmap(lambda number: st.sampled_from(odd if number == 9 else usual))


values = mostly(PLAIN, ODD)


def both(fixed: bytes) -> Pair:
    return fixed, fixed


def joined(pairs: list[Pair]) -> Pair:
    return b"".join(one for one, _ in pairs), b"".join(other for _, other in pairs)


@st.composite
def lines(draw: st.DrawFn) -> Pair:
    """A line of two requests, that may differ in its value."""
    name = draw(mostly(NAMES, ODD_NAMES))
    colon = draw(mostly([b": ", b":"], [b":  ", b""]))
    end = draw(mostly([b"\r\n"], ODD_ENDS))
    return joined([both(name + colon), (draw(values), draw(values)), both(end)])


@st.composite
def requests(draw: st.DrawFn) -> Pair:
    """Two requests that are alike in most."""
    begin = draw(mostly([b""], [b"\r\n", b"\r\n\r\n", b"\n"]))
    head = draw(st.lists(lines() | st.just(both(b"Host: a\r\n")), max_size=3))
    length, body = draw(st.sampled_from(BODIES))
    more = draw(st.just([]) | st.lists(lines() | st.just(both(b"\r\n")), max_size=2))
    begin += b"POST / HTTP/1.1\r\n"
    return joined([both(begin), *head, both(length + b"\r\n\r\n" + body), *more])


class Read(NamedTuple):
    """What the parser made of something: the headers of each request that has begun, all other
    things in their order, and the parser's complaint."""

    headers: list[list[tuple[bytes, bytes]]]
    others: list[tuple[str, bytes]]
    complaint: str

    @property
    def marks(self) -> list[Marks]:
        """Of each request, as the gateway reads them."""
        return [Marks(*(_of(one, name) for name in MARKS)) for one in self.headers]

    @property
    def unmarked(self) -> object:
        """All of it but for the values of the marks."""
        headers = [
            [(name, b"" if name in MARKS else value) for name, value in one] for one in self.headers
        ]
        return headers, self.others, self.complaint


def _of(headers: list[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    found = [value for other, value in headers if other == name]
    return b", ".join(found) if found else None


def read(data: bytes) -> Read:
    """What the server's parser makes of it."""
    into = Read([], [], "")

    class Events:
        def on_message_begin(self) -> None:
            into.headers.append([])
            into.others.append(("begin", b""))

        def on_url(self, url: bytes) -> None:
            into.others.append(("url", url))

        def on_header(self, name: bytes, value: bytes) -> None:
            into.headers[-1].append((name.lower(), value))

        def on_headers_complete(self) -> None:
            into.others.append(("head", b""))

        def on_body(self, body: bytes) -> None:
            into.others.append(("body", body))

        def on_message_complete(self) -> None:
            into.others.append(("end", b""))

    parser = httptools.HttpRequestParser(Events())
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    try:
        parser.feed_data(data)
    except httptools.HttpParserError as error:
        return into._replace(complaint=str(error))
    return into


def is_known(data: bytes, marks: Marks) -> bool:
    """Whether the gateway knows it again: a request that is whole and alone, with the marks that
    were cut out."""
    made = read(data)
    ends = [kind for kind, _ in made.others]
    return (
        not made.complaint
        and ends.count("begin") == 1
        and ends[-1] == "end"
        and made.marks == [marks]
    )


def around(data: bytes, places: Places) -> list[bytes]:
    """The bytes before, between and behind these."""
    ends = [0, *(end for _, end in places)]
    begins = [*(begin for begin, _ in places), len(data)]
    return [data[end:begin] for end, begin in zip(ends, begins, strict=True)]


@repeatable
@given(requests())
def test_what_is_left_alike_differs_in_plain_values_alone(pair: Pair) -> None:
    cuts = [unmarked(data) for data in pair]
    for data, (rest, places, marks) in zip(pair, cuts, strict=True):
        parts = around(data, places)
        assert b"".join(parts) == rest
        for before, behind in pairwise(parts):
            line = before.lower().removesuffix(b" ")
            assert line.endswith(tuple(b"\r\n%b:" % name for name in MARKS))
            assert b"\r\n\r\n" not in line
            assert re.match(rb"\r\n[^ \t]", behind)
        cut_out = sorted(data[begin:end] for begin, end in places)
        assert cut_out == sorted(mark for mark in marks if mark is not None)
        for form, mark in zip(FORMS, marks, strict=True):
            assert mark is None or (form and re.fullmatch(form, mark))
    (rest, places, marks), (other_rest, other_places, other_marks) = cuts
    if (rest, places) == (other_rest, other_places):
        event("alike")
        assert around(pair[0], places) == around(pair[1], places)
        if is_known(pair[0], marks):
            event("known")
            assert is_known(pair[1], other_marks)
            assert read(pair[0]).unmarked == read(pair[1]).unmarked


@repeatable
@given(requests(), st.data())
def test_any_other_plain_value_leaves_the_same(pair: Pair, data: st.DataObject) -> None:
    request, _ = pair
    rest, places, marks = unmarked(request)
    other = bytearray(request)
    sent = dict.fromkeys(MARKS, None)
    for begin, end in places:
        name = request[:begin].rstrip(b" :").lower().rpartition(b"\r\n")[2]
        characters = CHARACTERS[MARKS.index(name)]
        some = data.draw(st.text(characters, min_size=end - begin, max_size=end - begin)).encode()
        sent[name] = some
        other[begin:end] = some
    cut_out = Marks(*sent.values())
    assert unmarked(bytes(other)) == (rest, places, cut_out)
    event("marked" if places else "unmarked")
    if is_known(request, marks):
        event("known, marked" if places else "known, unmarked")
    assert is_known(bytes(other), cut_out) == is_known(request, marks)
    assert read(bytes(other)).unmarked == read(request).unmarked
