"""What is refused is refused soon, however much work it was put together to be: before any call."""

import time
from statistics import median
from typing import Any

import pytest

from tests.gateway.attacks.attacked import Attacked

# The figure to keep to is 50 ms on a machine that does nothing else. This bears one that is busy,
# and still tells what takes its time by the square of its length.
LONGEST = 2.0

INPUT = "query ($input: ReferralFilter) { referrals(filter: $input) { totalCount } }"
IDS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


VARIABLES: dict[str, tuple[str, dict[str, Any], str]] = {
    "50,000 ids": (IDS, {"ids": ["x"] * 50_000}, "LIMIT_EXCEEDED"),
    "50,000 ids that are none": (IDS, {"ids": [0.5] * 50_000}, "LIMIT_EXCEEDED"),
    "14,000 unknown fields": (
        INPUT,
        {"input": {f"statu{n}": 1 for n in range(14_000)}},
        "LIMIT_EXCEEDED",
    ),
    "20,000 undeclared": (IDS, {f"x{n}": 1 for n in range(20_000)}, "LIMIT_EXCEEDED"),
    "1,990 ids": (IDS, {"ids": ["x"] * 1_990}, "BAD_USER_INPUT"),
    "1,990 ids that are none": (IDS, {"ids": [0.5] * 1_990}, "BAD_USER_INPUT"),
    "990 unknown fields": (
        INPUT,
        {"input": {f"statu{n}": 1 for n in range(990)}},
        "BAD_USER_INPUT",
    ),
    "a long unknown field": (INPUT, {"input": {"s" * 250_000: 1}}, "BAD_USER_INPUT"),
    "a long unknown value": (INPUT, {"input": {"status": "S" * 250_000}}, "BAD_USER_INPUT"),
    "lists in lists": (IDS, {"ids": [[[[[["x"]]]]]] * 300}, "BAD_USER_INPUT"),
}


def refused(attacked: Attacked, document: str, **more: Any) -> str:
    """The code that a request is refused with, in time and without a call."""
    calls = attacked.calls
    took = []
    for number in range(3):
        begun = time.monotonic()
        response = attacked.ask(f"{document} # {number}", **more)  # none was read before
        took.append(time.monotonic() - begun)
        assert not response.json().get("data"), response.text
        assert len(response.content) < 64_000
    assert attacked.calls == calls
    assert median(took) < LONGEST
    return str(response.json()["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_at_length(attacked: Attacked, name: str) -> None:
    document, variables, code = VARIABLES[name]
    assert refused(attacked, document, variables=variables) == code
