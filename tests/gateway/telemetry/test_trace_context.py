"""What a request says of the trace that it is a part of."""

import pytest

from gateway.telemetry.trace_context import SPAN_ID, TRACE_ID, is_sampled, parsed

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("parent", "sampled"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"00-{TRACE}-{SPAN}-03", True),
        (f"00-{TRACE}-{SPAN}-02", False),
        (f"cc-{TRACE}-{SPAN}-01", True),
        (f"cc-{TRACE}-{SPAN}-01-what-comes-later", True),
    ],
)
def test_a_trace_is_told_by_its_ids_and_flags(parent: str, sampled: bool) -> None:
    found = parsed(parent.encode())
    assert found.decode() == f"00-{parent[3:55]}"
    assert (found[TRACE_ID], found[SPAN_ID]) == (TRACE.encode(), SPAN.encode())
    assert is_sampled(found) == sampled


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
        f"00-{TRACE}-{SPAN}-01, 00-{TRACE}-{SPAN}-01",  # of two headers
        f"cc-{TRACE}-{SPAN}-01, cc-{TRACE}-{SPAN}-01",
        f", 00-{TRACE}-{SPAN}-01",
    ],
)
def test_whatever_makes_no_sense_is_none(parent: str) -> None:
    assert not parsed(parent.encode("latin-1"))
