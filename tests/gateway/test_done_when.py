"""The query that a newcomer pastes first, and the promises it stands for."""

from adapters._sandbox.serving import Served
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

QUERY = """
{
  programs {
    key
    provider { key }
    capabilities
    settings {
      completionRule { trigger }
      referrerIncentive { summary }
      referredIncentive { summary }
    }
    tiers {
      nodes {
        name
        kind
        reward { summary ... on FixedDiscountIncentive { value { amount currency } } }
      }
    }
  }
  referrals(first: 50) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      status
      providerStatus
      referrer { name email }
      referred { email }
      program { key }
    }
    sources { program { key } status fetchedAt error { code } }
  }
}
"""

PAGE = """
query ($after: String) {
  referrals(first: 50, after: $after) {
    nodes { id program { key } }
    pageInfo { hasNextPage endCursor }
    sources { status }
  }
}
"""


def test_the_query_returns_both_programs_data(gateway: Gateway) -> None:
    data = gateway.data(QUERY)
    coral, block = data["programs"]
    assert coral["settings"] == {
        "completionRule": {"trigger": "LOYALTY_TRANSACTIONS"},
        "referrerIncentive": {"summary": "Free Kelp Juice"},
        "referredIncentive": {"summary": "50 points"},
    }
    assert block["settings"]["completionRule"] == {"trigger": "FIRST_PURCHASE"}
    assert {"STATUS"} == {tier["kind"] for tier in coral["tiers"]["nodes"]}
    assert {
        "name": "Silver Referrer",
        "kind": "REFERRAL_REWARD",
        "reward": {"summary": "$25.00 off", "value": {"amount": "25.00", "currency": "USD"}},
    } in block["tiers"]["nodes"]
    referrals = data["referrals"]
    assert len(referrals["nodes"]) == 50
    assert {node["program"]["key"] for node in referrals["nodes"]} == {
        "coral-avenue",
        "block-haven",
    }
    assert referrals["totalCount"] is None  # Piggy has no totals
    assert [source["status"] for source in referrals["sources"]] == ["FRESH", "FRESH"]


def test_paging_to_the_end_yields_every_referral_once(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    after, seen = None, []
    while True:
        page = gateway.data(PAGE, {"after": after})["referrals"]
        seen += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == len(piggy.referral_keys()) + len(pixlpay.referral_keys())


def test_a_stopped_sandbox_leaves_the_others_data(gateway: Gateway, served_pixlpay: Served) -> None:
    served_pixlpay.stop()
    answer = gateway.ask(QUERY)
    referrals = answer.data["referrals"]
    assert len(referrals["nodes"]) == 50
    assert [source["status"] for source in referrals["sources"]] == ["FRESH", "FAILED"]
    assert referrals["sources"][1]["error"] == {"code": "UNAVAILABLE"}
    assert answer.data["programs"][0]["settings"] is not None
    assert answer.data["programs"][1]["settings"] is None
    (error,) = answer.errors
    assert error["path"] == ["programs", 1, "settings"]
    assert error["extensions"] == {
        "code": "UNAVAILABLE",
        "program": "block-haven",
        "provider": "pixlpay",
        "providerCode": None,
        "upstreamStatus": None,
        "isRetryable": True,
        "retryAfterSeconds": None,
    }
