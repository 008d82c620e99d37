"""By what instrumented clients tell each of their requests from all others: its place in a trace,
and an id. Nothing of the answer follows from them but the id that it carries.

They are cut out here, so that a request is known again under others. Nothing may be but what the
parser takes for such a header's value: who knows a request by the rest of it compares what was cut
out with what was parsed. All that have the same rest are parsed alike then, as they have as many
bytes in the same places that mean nothing to the parser.
"""

import re
from typing import NamedTuple, TypeAlias

from gateway.http.headers import Header

REQUEST_ID = rb"[A-Za-z0-9._:/+=-]{1,128}"
"""The pattern of an id that is plain."""

Places: TypeAlias = tuple[tuple[int, int], ...]
"""Where in a request something begins and ends."""


class Marks(NamedTuple):
    """The values of `traceparent` and `X-Request-Id`, of those that were sent."""

    traceparent: bytes | None
    request_id: bytes | None

    @property
    def headers(self) -> list[Header]:
        """Those that were sent, as headers."""
        sent = (b"traceparent", self.traceparent), (b"x-request-id", self.request_id)
        return [(name, value) for name, value in sent if value is not None]


_NONE = Marks(None, None)

# A value goes on in the next line where that begins with a blank.
_VALUE = rb" ?(%b)(?=\r\n[^\t ])"
_VALUES = {
    b"traceparent": re.compile(_VALUE % rb"[0-9a-f-]{55}"),
    b"x-request-id": re.compile(_VALUE % REQUEST_ID),
}

# One search costs less than the head in lower case: it begins with what has no case, so that only
# ends of lines are looked at.
_NEXT = re.compile(rb"\r\n(?:\r\n|(traceparent|x-request-id):)", re.IGNORECASE)


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
    return rest, places, Marks(marks.get(b"traceparent"), marks.get(b"x-request-id"))
