"""The trace that a request comes in, and that calls go on in (https://www.w3.org/TR/trace-context/).

Read here and not by OpenTelemetry, which takes many times as long, and each request pays for it.
What clients carry along besides, `tracestate` and `baggage`, is text of their own, such as an
address: neither the collector nor a provider is told of it.
"""

_LENGTH = 55

TRACE_ID, SPAN_ID = slice(3, 35), slice(36, 52)
"""Where the ids are in a traceparent, in hexadecimal."""

_LAST_OF_TRACE, _LAST_OF_SPAN = 34, 51
_ZERO = ord("0")
_NO_TRACE, _NO_SPAN = b"-%b-" % (b"0" * 32), b"-%b-" % (b"0" * 16)

# What is left of each with all digits written as 0; a regular expression takes four times as long.
_SHAPE = b"00" + _NO_TRACE + _NO_SPAN[1:] + b"00"
_TO_ZERO = bytes.maketrans(b"123456789abcdef", b"0" * 15)

_ODD = b"13579bdf"


def parsed(sent: bytes) -> bytes:
    """The `traceparent` of a request, as version 00 has it; empty where it makes no sense, as two
    of them do not."""
    if sent[:3] != b"00-":
        # Versions to come may have more behind it.
        if sent[_LENGTH:] and not sent.startswith(b"-", _LENGTH):
            return b""
        if sent.startswith(b"ff") or sent[:2].translate(_TO_ZERO) != b"00":
            return b""
        sent = b"00" + sent[2:_LENGTH]
    if sent.translate(_TO_ZERO) != _SHAPE:
        return b""
    # Looked at as a whole only where it ends like one of all zeros.
    if sent[_LAST_OF_TRACE] == _ZERO and sent.startswith(_NO_TRACE, 2):
        return b""
    return b"" if sent[_LAST_OF_SPAN] == _ZERO and sent.startswith(_NO_SPAN, 35) else sent


def is_sampled(traceparent: bytes) -> bool:
    """Whether the client records it: the lowest bit of the flags."""
    return traceparent[-1] in _ODD
