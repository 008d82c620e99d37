"""What an answer costs: each test states the upstream calls that it expects."""

from collections import Counter

import pytest

from adapters._sandbox.app import Sandbox
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

PIGGY = "/api/v3/oauth/clients"
PIXLPAY = "/api/external/v1"


def costs(sandbox: Sandbox) -> Counter[str]:
    """How often each path was called."""
    return Counter(call.path for call in sandbox.calls)


@pytest.mark.parametrize(
    ("field", "at_piggy", "at_pixlpay"),
    [
        ("referrals { nodes { id } }", 1, 1),
        ("tiers { nodes { id } }", 1, 1),
        ('people(email: "emma.jansen@example.com") { nodes { id } }', 1, 1),
        ("claims { nodes { id } }", 0, 1),
        ('codeValidations(code: "ABC12345") { nodes { isValid } }', 0, 1),
        ('statistics(programs: ["block-haven"]) { totalReferrals }', 0, 1),
        ('leaderboard(programs: ["block-haven"]) { entries { rank } }', 0, 1),
        ('topReferrers(programs: ["block-haven"]) { entries { rank } }', 0, 1),
        ('program(key: "coral-avenue") { settings { referralLimitPerPerson } }', 1, 0),
        ('program(key: "block-haven") { codeValidation(code: "NONE") { reason } }', 0, 1),
    ],
)
def test_three_aliases_of_the_same_field_cost_one_call(
    field: str,
    at_piggy: int,
    at_pixlpay: int,
    gateway: Gateway,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
) -> None:
    gateway.data(f"{{ a: {field} b: {field} c: {field} }}")
    assert (piggy.count(), pixlpay.count()) == (at_piggy, at_pixlpay)


def test_pages_of_any_length_come_out_of_the_same_upstream_page(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    gateway.data(
        """
        {
          ten: referrals(first: 10) { nodes { id } }
          fifty: referrals(first: 50) { nodes { id } }
          hundred: referrals(first: 100) { nodes { id } }
          programs { referrals { nodes { id } } claims(first: 3) { nodes { id } } }
          claims(first: 30) { nodes { id } }
        }
        """
    )
    assert costs(piggy) == {f"{PIGGY}/referrals": 1}
    assert costs(pixlpay) == {f"{PIXLPAY}/referrals": 1, f"{PIXLPAY}/referrals/claims": 1}


def test_everything_about_a_program_is_asked_once_however_often_it_is_named(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    gateway.data(
        """
        query {
          programs { ...All }
          again: programs(provider: "pixlpay") { ...All }
          one: program(key: "coral-avenue") { ...All }
          other: program(key: "block-haven") { ...All ...Figures }
          tiers { nodes { program { ...All } } sources { program { ...All } } }
          statistics(programs: ["block-haven"]) { totalReferrals sources { program { key } } }
          leaderboard(programs: ["block-haven"], limit: 3) { entries { referralCount } }
          topReferrers(programs: ["block-haven"], limit: 7) { entries { totalReferrals } }
        }
        fragment All on Program {
          settings { isEnabled completionRule { trigger } source { status } }
          tiers { nodes { name program { settings { isEnabled } } } }
        }
        fragment Figures on Program {
          statistics { totalReferrals conversionPercent }
          leaderboard { entries { rank } }
          topReferrers(limit: 50) { entries { rank } }
        }
        """
    )
    assert costs(piggy) == {f"{PIGGY}/referrals/settings": 1, f"{PIGGY}/tiers": 1}
    assert costs(pixlpay) == {
        f"{PIXLPAY}/referrals/settings": 1,
        f"{PIXLPAY}/referrals/tiers": 1,
        f"{PIXLPAY}/referrals/statistics": 1,
        f"{PIXLPAY}/referrals/leaderboard": 1,
        f"{PIXLPAY}/referrals/top-referrers": 1,
    }


def test_what_is_known_without_asking_costs_nothing(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    programs = gateway.data(
        """
        {
          programs {
            id key name provider { key name } capabilities computedCapabilities
            health { status lastSuccessAt lastError { code } medianLatencyMs callsRemaining }
          }
        }
        """
    )["programs"]
    assert {program["health"]["status"] for program in programs} == {"UNKNOWN"}
    assert (piggy.count(), pixlpay.count()) == (0, 0)


def test_what_a_provider_cannot_do_costs_nothing(gateway: Gateway, piggy: PiggySandbox) -> None:
    data = gateway.data(
        """
        {
          claims(programs: ["coral-avenue"]) { nodes { id } sources { status } }
          codeValidations(code: "X", programs: ["coral-avenue"]) { sources { status } }
          program(key: "coral-avenue") { codeValidation(code: "X") { isValid } }
        }
        """
    )
    assert data["claims"]["sources"] == [{"status": "UNSUPPORTED"}]
    assert data["program"] == {"codeValidation": None}
    assert piggy.count() == 0


def test_a_status_that_a_provider_does_not_know_costs_nothing(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    referrals = gateway.data(
        """
        {
          referrals(filter: {status: FAILED}) {
            totalCount
            nodes { status program { key } }
            sources { program { key } status totalCount }
          }
        }
        """
    )["referrals"]
    assert {node["program"]["key"] for node in referrals["nodes"]} == {"coral-avenue"}
    assert referrals["sources"][1] == {
        "program": {"key": "block-haven"},
        "status": "FRESH",
        "totalCount": 0,
    }
    assert (piggy.count(), pixlpay.count()) == (1, 0)


def test_a_page_asks_no_more_programs_than_fill_it(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    page = gateway.data(
        "{ referrals(first: 5) { nodes { program { key } } pageInfo { endCursor }"
        " sources { status } } }"
    )["referrals"]
    assert {node["program"]["key"] for node in page["nodes"]} == {"coral-avenue"}
    assert [source["status"] for source in page["sources"]] == ["FRESH", "NOT_ASKED"]
    assert (piggy.count(), pixlpay.count()) == (1, 0)


def test_the_total_is_asked_for_only_when_it_is_selected(
    uncached: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    query = """
    query ($counted: Boolean!) {
      referrals(first: 5) { nodes { id } ...Count @include(if: $counted) }
    }
    fragment Count on ReferralConnection { inAll: totalCount }
    """
    uncached.data(query, {"counted": False})
    assert (piggy.count(), pixlpay.count()) == (1, 0)
    piggy.forget_calls()
    piggy.quirks.add("meta_total")
    assert uncached.data(query, {"counted": True})["referrals"]["inAll"] == 240 + 180
    assert (piggy.count(), pixlpay.count()) == (1, 1)


@pytest.mark.parametrize(
    ("tier", "calls"),
    [
        ("id providerId kind name referralsRequired program { key } __typename", 0),
        ("id ... on Node { id } ... on Tier { name }", 0),
        ("id description @skip(if: true)", 0),
        ("id description", 1),
        ("reward { summary }", 1),
        ("... on Tier { position }", 1),
    ],
)
def test_what_a_claim_tells_of_its_tier_costs_nothing_and_the_rest_one_call(
    tier: str, calls: int, gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    claims = gateway.data(f"{{ claims(first: 100) {{ nodes {{ tier {{ {tier} }} }} }} }}")
    assert len(claims["claims"]["nodes"]) > 10
    assert pixlpay.count("/referrals/claims") == 1
    assert pixlpay.count() == 1 + calls


def test_programs_and_tiers_are_found_again_with_one_call_for_all_tiers(
    uncached: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    known = uncached.data("{ programs { id tiers { nodes { id } } } }")["programs"]
    ids = [program["id"] for program in known]
    tiers = [tier["id"] for program in known for tier in program["tiers"]["nodes"]]
    piggy.forget_calls()
    pixlpay.forget_calls()
    uncached.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert (piggy.count(), pixlpay.count()) == (0, 0)
    query = "query ($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id } node(id: $id) { id } }"
    data = uncached.data(query, {"ids": ids + tiers, "id": tiers[0]})
    assert [node["id"] for node in data["nodes"]] == ids + tiers
    assert (piggy.count(), pixlpay.count()) == (1, 1)


def test_an_error_breaks_off_only_what_stands_beside_it(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.latency_seconds = 0.05  # so that the tiers are under way when the error comes
    answer = gateway.ask(
        """
        {
          tiers(programs: ["block-haven"]) { nodes { name } }
          program(key: "block-haven") {
            tiers { nodes { id } }
            referrals(filter: { status: UNKNOWN }) { totalCount }
          }
        }
        """
    )
    assert [error["path"] for error in answer.errors] == [["program", "referrals"]]
    assert answer.data["program"] is None
    assert answer.data["tiers"]["nodes"]
