"""By what instrumented clients tell each of their requests from all others: its place in a trace,
and an id. Nothing of the answer follows from them but the id that it carries.
https://www.w3.org/TR/trace-context/, https://www.w3.org/TR/baggage/,
https://docs.sentry.io/platforms/javascript/tracing/distributed-tracing/

They are cut out here, so that a request is known again under others. Nothing may be but what the
parser takes for such a header's value: who knows a request by the rest of it compares what was cut
out with what was parsed. All that have the same rest are parsed alike then, as they have as many
bytes in the same places that mean nothing to the parser.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from gateway.http.headers import Header

REQUEST_ID = rb"[A-Za-z0-9._:/+=-]{1,128}"
"""The pattern of an id that is plain."""

Places: TypeAlias = tuple[tuple[int, int], ...]
"""Where in a request something begins and ends."""


class Marks(NamedTuple):
    """The values of `X-Request-Id` and `traceparent`, and of what else places a request in a trace,
    to which nobody here listens; of those that were sent."""

    request_id: bytes | None = None
    traceparent: bytes | None = None
    tracestate: bytes | None = None
    baggage: bytes | None = None
    sentry_trace: bytes | None = None

    @classmethod
    def of(cls, headers: Mapping[bytes, bytes]) -> "Marks":
        """Those among some headers, by their names in lower case."""
        return cls(*map(headers.get, _FORMS))

    @property
    def headers(self) -> list[Header]:
        """Those that somebody listens to, as headers."""
        sent = (b"x-request-id", self.request_id), (b"traceparent", self.traceparent)
        return [(name, value) for name, value in sent if value is not None]


_NONE = Marks()

_LIST = rb"[!-~](?:[ -~]{0,1022}[!-~])?"

# In the order of the marks.
_FORMS = {
    b"x-request-id": REQUEST_ID,
    b"traceparent": rb"[0-9a-f-]{55}",
    b"tracestate": _LIST,
    b"baggage": _LIST,
    b"sentry-trace": rb"[0-9a-f-]{49,51}",
}

# A value goes on in the next line where that begins with a blank.
_VALUES = {name: re.compile(rb" ?(%b)(?=\r\n[^\t ])" % form) for name, form in _FORMS.items()}

# One search costs less than the head in lower case: it begins with what has no case, so that only
# ends of lines are looked at.
_NEXT = re.compile(rb"\r\n(?:\r\n|(%b):)" % b"|".join(_FORMS), re.IGNORECASE)


def unmarked(data: bytes) -> tuple[bytes, Places, Marks]:
    """What came in without the marks in its head, where they were, and what they say.

    Where one of them comes twice or in an unusual form that is all of it, and no marks.
    """
    line = _NEXT.search(data)
    if line is None or line[1] is None:
        return data, (), _NONE
    marks: dict[bytes, bytes] = {}
    places: Places = ()
    while line[1] is not None:
        name = line[1].lower()
        value = _VALUES[name].match(data, line.end())
        line = value and _NEXT.search(data, value.end())
        if value is None or line is None or name in marks:
            return data, (), _NONE
        marks[name] = value[1]
        places = (*places, value.span(1))
    rest = data
    for begin, end in reversed(places):
        rest = rest[:begin] + rest[end:]
    return rest, places, Marks.of(marks)
