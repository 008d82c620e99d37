"""Every fault on a read: told for what it is, in time, and to nobody else's loss."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.faults.kinds import PROMPT, PROMPT_OVER_HTTPX, SILENT, Kind
from tests.gateway.faults.rig import KEYS, Rig, SilentRigs, Told

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
prompt = pytest.mark.parametrize("kind", PROMPT.values(), ids=PROMPT)

IsDiscreet = Callable[..., None]


@both
@prompt
def test_a_read_fails_as_what_it_is(
    kind: Kind, failing: str, rig: Rig, is_discreet: IsDiscreet
) -> None:
    told = rig.ask(kind, failing, READ, {"key": KEYS[failing]}, "GET")
    is_discreet(told)
    assert_told(kind, failing, told)


@both
def test_so_does_one_that_only_deadlines_end(
    failing: str, silent: SilentRigs, is_discreet: IsDiscreet, subtests: pytest.Subtests
) -> None:
    assert_all_told(failing, silent, is_discreet, subtests)


@pytest.mark.parametrize("kind", PROMPT_OVER_HTTPX.values(), ids=PROMPT_OVER_HTTPX)
def test_a_read_fails_so_over_the_reference_too(
    kind: Kind, rig_over_httpx: Rig, is_discreet: IsDiscreet
) -> None:
    told = rig_over_httpx.ask(kind, "pixlpay", READ, {"key": KEYS["pixlpay"]}, "GET")
    is_discreet(told)
    assert_told(kind, "pixlpay", told)


def test_and_so_does_one_that_only_deadlines_end(
    silent_over_httpx: SilentRigs, is_discreet: IsDiscreet, subtests: pytest.Subtests
) -> None:
    assert_all_told("pixlpay", silent_over_httpx, is_discreet, subtests)


def assert_all_told(
    failing: str, silent: SilentRigs, is_discreet: IsDiscreet, subtests: pytest.Subtests
) -> None:
    all_told = silent.ask(failing, READ, {"key": KEYS[failing]}, "GET")
    is_discreet(*all_told.values())
    for name, told in all_told.items():
        with subtests.test(name):
            assert_told(SILENT[name], failing, told)


def assert_told(kind: Kind, failing: str, told: Told) -> None:
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
@prompt
def test_a_merged_read_is_complete_but_for_the_program_that_fails(
    kind: Kind, failing: str, rig: Rig, is_discreet: IsDiscreet
) -> None:
    well = rig.calm().data(MERGED)
    told = rig.ask(kind, failing, MERGED, {}, "GET")
    is_discreet(told)
    assert_complete_but_for(kind, failing, told, well)


@both
def test_a_merged_read_is_complete_but_for_the_program_that_only_deadlines_end(
    failing: str, silent: SilentRigs, is_discreet: IsDiscreet, subtests: pytest.Subtests
) -> None:
    well = silent.calm().data(MERGED)
    all_told = silent.ask(failing, MERGED, {}, "GET")
    is_discreet(*all_told.values())
    for name, told in all_told.items():
        with subtests.test(name):
            assert_complete_but_for(SILENT[name], failing, told, well)


def assert_complete_but_for(kind: Kind, failing: str, told: Told, calm: Any) -> None:
    (other,) = (key for name, key in KEYS.items() if name != failing)
    well = part_of(calm, other)
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
