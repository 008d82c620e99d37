"""What a request says of the trace that it is a part of."""

import pytest

from gateway.telemetry.trace_context import Carried, Header, carried_in

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def carried(*parents: str) -> Carried | None:
    headers: list[Header] = [(b"host", b"gateway")]
    headers += [(b"traceparent", parent.encode("latin-1")) for parent in parents]
    return carried_in(headers)


@pytest.mark.parametrize(
    ("parent", "is_sampled"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"00-{TRACE}-{SPAN}-03", True),
        (f"00-{TRACE}-{SPAN}-02", False),
        (f"cc-{TRACE}-{SPAN}-01", True),
        (f"cc-{TRACE}-{SPAN}-01-what-comes-later", True),
    ],
)
def test_a_trace_is_told_by_its_ids_and_flags(parent: str, is_sampled: bool) -> None:
    found = carried(parent)
    assert found is not None
    assert (found.trace_id, found.span_id, found.is_sampled) == (TRACE, SPAN, is_sampled)
    assert found.traceparent == f"00-{parent[3:55]}"
    context = found.context()
    assert (context.trace_id, context.span_id) == (int(TRACE, 16), int(SPAN, 16))
    assert (context.is_remote, bool(context.trace_flags.sampled)) == (True, is_sampled)


@pytest.mark.parametrize(
    "parent",
    [
        "",
        "00",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01 ",
        f"cc-{TRACE}-{SPAN}-01.",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-0x",
        f"\xb2\xb2-{TRACE}-{SPAN}-01",
    ],
)
def test_whatever_makes_no_sense_is_none(parent: str) -> None:
    assert carried(parent) is None


def test_there_is_one_trace_or_none() -> None:
    assert carried() is None
    assert carried(f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01") is None
