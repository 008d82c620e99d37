"""What people cost: each person once a request, and nothing for what a page already told."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.config import CacheConfig, UpstreamConfig
from tests.running import Gateway, program, running_gateway

# Of so many referrals the last full page was made by ten people.
REFERRALS = 1904
PAGE_OF_TEN = 19

PAGE = """
query ($after: String, $names: Boolean!) {
  program(key: "coral-avenue") {
    referrals(first: 100, after: $after) {
      pageInfo { endCursor }
      nodes { referrer { id email name @include(if: $names) } }
    }
  }
}
"""


@pytest.fixture
def large() -> PiggySandbox:
    """An account with far more contacts than any page names."""
    return PiggySandbox(referrals=REFERRALS, calls_per_minute=None)


@pytest.fixture
def gateway_over_large(large: PiggySandbox) -> Iterator[Gateway]:
    with (
        serve_in_thread(large) as served,
        running_gateway(program("coral-avenue", "piggy", served.origin, large.token)) as running,
    ):
        yield running


def page(gateway: Gateway, after: str | None, *, names: bool) -> Any:
    data = gateway.data(PAGE, {"after": after, "names": names})
    return data["program"]["referrals"]


def test_a_hundred_referrals_with_the_names_of_ten_referrers_cost_one_and_ten_calls(
    gateway_over_large: Gateway, large: PiggySandbox
) -> None:
    after = None
    for _ in range(PAGE_OF_TEN - 1):
        after = page(gateway_over_large, after, names=False)["pageInfo"]["endCursor"]
    large.forget_calls()
    nodes = page(gateway_over_large, after, names=True)["nodes"]
    assert len(nodes) == 100
    assert len({node["referrer"]["id"] for node in nodes}) == 10
    assert all(node["referrer"]["name"] for node in nodes)
    assert large.count("/referrals") == 1
    assert large.count() == 1 + 10


def test_a_person_in_both_roles_costs_one_call_at_most() -> None:
    # No more referrals than fit a page, so that some of its referrers were referred on it.
    small = PiggySandbox(referrals=100, calls_per_minute=None)
    with (
        serve_in_thread(small) as served,
        running_gateway(program("coral-avenue", "piggy", served.origin, small.token)) as gateway,
    ):
        nodes = gateway.data(
            "{ referrals(first: 100) { nodes {"
            " referrer { id name loyaltyPoints } referred { id name tier { name } } } } }"
        )["referrals"]["nodes"]
    referrers = {node["referrer"]["id"] for node in nodes if node["referrer"]}
    referred = {node["referred"]["id"] for node in nodes if node["referred"]}
    assert referrers & referred
    assert small.count() <= 1 + len(referrers | referred)
    singles = [call.path for call in small.calls if "/contacts/" in call.path]
    assert len(singles) == len(set(singles))


def test_every_field_of_a_profile_comes_out_of_the_same_call(
    gateway: Gateway, piggy: PiggySandbox
) -> None:
    (node,) = gateway.data(
        """
        {
          referrals(first: 1) {
            nodes {
              referrer {
                name email referralCode loyaltyPoints tier { name } source { status fetchedAt }
              }
            }
          }
        }
        """
    )["referrals"]["nodes"]
    assert node["referrer"]["source"]["status"] == "FRESH"
    assert piggy.count("/referrals") == 1
    assert piggy.count() == 2


def test_addresses_that_the_page_told_cost_nothing(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    nodes = gateway.data(
        "{ referrals(first: 100) { nodes {"
        " referrer { id providerId email program { key } } referred { id email } } } }"
    )["referrals"]["nodes"]
    assert sum(bool(node["referrer"] and node["referrer"]["email"]) for node in nodes) > 90
    assert (piggy.count(), pixlpay.count()) == (1, 1)


def test_a_store_tells_names_and_codes_with_the_referrals(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    nodes = gateway.data(
        """
        {
          program(key: "block-haven") {
            referrals(first: 100) {
              nodes { referrer { name email referralCode } referred { name email } }
            }
          }
        }
        """
    )["program"]["referrals"]["nodes"]
    assert all(node["referrer"]["referralCode"] and node["referred"]["name"] for node in nodes)
    assert pixlpay.count() == 1


def test_a_board_and_a_list_of_claims_tell_names(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    gateway.data(
        """
        {
          program(key: "block-haven") {
            leaderboard { entries { person { name } } }
            topReferrers { entries { people { name email referralCode } } }
            claims { nodes { claimant { name email } } }
            codeValidation(code: "ABC12345") { referrer { name } }
          }
        }
        """
    )
    assert pixlpay.count() == 4


def test_codes_that_a_board_leaves_out_come_out_of_one_list(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    entries = gateway.data(
        '{ program(key: "block-haven") { leaderboard(limit: 50) {'
        " entries { person { name referralCode } } } } }"
    )["program"]["leaderboard"]["entries"]
    assert all(entry["person"]["referralCode"] for entry in entries)
    assert pixlpay.count("/referrals/top-referrers") == 1
    assert pixlpay.count() == 2


def test_a_person_asked_for_in_many_places_costs_one_call(
    uncached: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    nodes = uncached.data("{ referrals { nodes { referred { id } program { key } } } }")
    by_program = {
        node["program"]["key"]: node["referred"]["id"]
        for node in nodes["referrals"]["nodes"]
        if node["referred"]
    }
    contact, customer = by_program["coral-avenue"], by_program["block-haven"]
    piggy.forget_calls()
    pixlpay.forget_calls()
    data = uncached.data(
        """
        query ($contact: ID!, $customer: ID!) {
          node(id: $contact) { id ... on Person { name } }
          again: node(id: $contact) { id ... on Person { email tier { name } } }
          nodes(ids: [$contact, $customer, $contact, $customer]) { id ... on Person { name } }
        }
        """,
        {"contact": contact, "customer": customer},
    )
    assert [node["id"] for node in data["nodes"]] == [contact, customer, contact, customer]
    assert (piggy.count(), pixlpay.count()) == (1, 1)


def test_people_of_several_programs_are_given_up_in_time() -> None:
    names = "{ referrals(first: 100) { nodes { program { key } referrer { name } } } }"
    limits = UpstreamConfig(operation_seconds=1)
    sandboxes = {key: PiggySandbox(calls_per_minute=None) for key in ("coral", "reef")}
    with ExitStack() as stack:
        programs = [
            program(key, "piggy", stack.enter_context(serve_in_thread(one)).origin, one.token)
            for key, one in sandboxes.items()
        ]
        gateway = stack.enter_context(
            running_gateway(*programs, cache=CacheConfig(), upstream=limits)
        )
        gateway.data("{ referrals(first: 100) { nodes { id } } }")
        for one in sandboxes.values():
            one.faults.add(Fault("hang", path="/contacts"))
        answer = gateway.ask(names)
    nodes = answer.data["referrals"]["nodes"]
    looked_up = [n for n, node in enumerate(nodes) if node["referrer"]]
    assert {nodes[n]["program"]["key"] for n in looked_up} == set(sandboxes)
    told = {(*error["path"], error["extensions"]["code"]) for error in answer.errors}
    assert told == {("referrals", "nodes", n, "referrer", "name", "TIMEOUT") for n in looked_up}
