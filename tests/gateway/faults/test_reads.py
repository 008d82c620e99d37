"""Every fault on a read: told for what it is, in time, and to nobody else's loss."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.faults.kinds import KINDS, KINDS_OVER_HTTPX, Kind
from tests.gateway.faults.rig import KEYS, Rig, Told

SOURCE = "sources { program { key } status isComplete error { code message } }"
READ = f"query ($key: String!) {{ program(key: $key) {{ tiers {{ nodes {{ id }} {SOURCE} }} }} }}"
MERGED = f"""{{
  referrals(first: 8) {{ nodes {{ id status referrer {{ email }} program {{ key }} }} {SOURCE} }}
  tiers {{ nodes {{ id name program {{ key }} }} {SOURCE} }}
  programs {{
    key
    settings {{ isEnabled completionRule {{ trigger }} }}
    referrals(first: 8) {{ nodes {{ id status referrer {{ email }} program {{ key }} }} }}
  }}
}}"""
TARGETS = 3  # a page of referrals, the tiers, the settings

both = pytest.mark.parametrize("failing", KEYS)
each = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@both
@each
def test_a_read_fails_as_what_it_is(
    kind: Kind, failing: str, rig: Rig, is_discreet: Callable[[Told], None]
) -> None:
    assert_told(kind, failing, rig, is_discreet)


@pytest.mark.parametrize("kind", KINDS_OVER_HTTPX.values(), ids=KINDS_OVER_HTTPX)
def test_a_read_fails_so_over_the_reference_too(
    kind: Kind, rig_over_httpx: Rig, is_discreet: Callable[[Told], None]
) -> None:
    assert_told(kind, "pixlpay", rig_over_httpx, is_discreet)


def assert_told(kind: Kind, failing: str, rig: Rig, is_discreet: Callable[[Told], None]) -> None:
    told = rig.ask(kind, failing, READ, {"key": KEYS[failing]}, "GET")
    is_discreet(told)
    tiers = told.answer.data["program"]["tiers"]
    (source,) = tiers["sources"]
    assert (tiers["nodes"], source["status"], source["isComplete"]) == ([], "FAILED", False)
    assert source["error"]["code"] in kind.codes(failing)
    assert told.answer.errors == []
    if kind.nowhere is None:
        least, most = kind.tries
        assert least <= told.calls <= most
    assert told.calls_of_the_other == 0


@both
@each
def test_a_merged_read_is_complete_but_for_the_program_that_fails(
    kind: Kind, failing: str, rig: Rig, is_discreet: Callable[[Told], None]
) -> None:
    (other,) = (key for name, key in KEYS.items() if name != failing)
    well = part_of(rig.calm().data(MERGED), other)
    told = rig.ask(kind, failing, MERGED, {}, "GET")
    is_discreet(told)
    data = told.answer.data
    assert part_of(data, other) == well
    # The page is filled up from the other program.
    assert data["referrals"]["nodes"] == well["own"]["referrals"]["nodes"]
    for name in ("referrals", "tiers"):
        (source,) = (s for s in data[name]["sources"] if s["program"]["key"] == KEYS[failing])
        assert source["status"] == "FAILED"
        assert source["error"]["code"] in kind.codes(failing)
    assert {error["extensions"]["program"] for error in told.answer.errors} <= {KEYS[failing]}
    if kind.nowhere is None:
        assert told.calls <= kind.tries[1] * TARGETS
    # Deadlines are everybody's: on a machine that stands still, who is well is asked again too.
    again = kind.tries[1] if kind.is_late else 1
    assert TARGETS <= told.calls_of_the_other <= TARGETS * again


def part_of(data: Any, key: str) -> Any:
    """What one program contributed to its own fields and to the list of tiers."""
    return {
        "own": next(program for program in data["programs"] if program["key"] == key),
        "tiers": [tier for tier in data["tiers"]["nodes"] if tier["program"]["key"] == key],
        "sources": [
            source
            for name in ("referrals", "tiers")
            for source in data[name]["sources"]
            if source["program"]["key"] == key
        ],
    }
