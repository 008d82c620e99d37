"""Every fault on a write: sent once, whatever happens, and told whether it may have been made."""

from collections.abc import Callable

import pytest

from tests.gateway.faults.kinds import KINDS, PROMPT, SILENT, SWITCHES, Kind
from tests.gateway.faults.rig import Rig, SilentRigs, Told
from tests.running import Gateway

TOGGLE = """mutation ($id: ID!) { tierToggle(id: $id) { tier { id } errors {
  __typename message ... on ProviderFailureError { mayHaveTakenEffect error { code } } } } }"""
TIER = '{ program(key: "block-haven") { tiers { nodes { id isActive } } } }'


IsDiscreet = Callable[..., None]


def first_tier(calm: Gateway) -> tuple[str, bool]:
    """A tier's id, and whether it is switched on."""
    tier = calm.data(TIER)["program"]["tiers"]["nodes"][0]
    return tier["id"], tier["isActive"]


@pytest.mark.parametrize("kind", PROMPT.values(), ids=PROMPT)
def test_a_write_is_sent_once_and_what_came_of_it_is_told(
    kind: Kind, rig: Rig, is_discreet: IsDiscreet
) -> None:
    tier_id, was_active = first_tier(rig.calm())
    told = rig.ask(kind, "pixlpay", TOGGLE, {"id": tier_id}, "POST")
    is_discreet(told)
    assert_told_once(kind, told)
    if kind in SWITCHES.values():
        # Nobody is told "not made" of what was made.
        assert kind.unclear or first_tier(rig.calm())[1] is was_active


def test_one_that_only_deadlines_end_is_sent_once_too(
    silent: SilentRigs, is_discreet: IsDiscreet, subtests: pytest.Subtests
) -> None:
    tier_id, _ = first_tier(silent.calm())
    all_told = silent.ask("pixlpay", TOGGLE, {"id": tier_id}, "POST")
    is_discreet(*all_told.values())
    for name, told in all_told.items():
        with subtests.test(name):
            assert_told_once(SILENT[name], told)


def assert_told_once(kind: Kind, told: Told) -> None:
    payload = told.answer.data["tierToggle"]
    (error,) = payload["errors"]
    assert (payload["tier"], error["__typename"]) == (None, kind.error)
    if kind.error == "ProviderFailureError":
        assert error["error"]["code"] in kind.codes()
        assert error["mayHaveTakenEffect"] is kind.unclear
        assert ("not known" in error["message"]) is kind.unclear
    if kind.nowhere is None:
        assert told.calls == 1


def test_a_change_that_the_provider_lacks_costs_no_call(rig: Rig) -> None:
    coral = rig.calm().data('{ program(key: "coral-avenue") { tiers { nodes { id } } } }')
    tier_id = coral["program"]["tiers"]["nodes"][0]["id"]
    told = rig.ask(KINDS["hang"], "piggy", TOGGLE, {"id": tier_id}, "POST")
    (error,) = told.answer.data["tierToggle"]["errors"]
    assert error["__typename"] == "UnsupportedOperationError"
    assert (told.calls, told.calls_of_the_other) == (0, 0)
