"""Several changes in one request: after each, everything is read anew."""

from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

TWICE = """mutation ($id: ID!) {
  a: tierToggle(id: $id) { ...after }
  b: tierToggle(id: $id) { ...after }
}
fragment after on TierTogglePayload {
  tier { isActive claims(first: 1) { totalCount } program { tiers { nodes { id isActive } } } }
  errors { __typename }
}"""


def bronze(gateway: Gateway) -> str:
    tiers = gateway.data("{ tiers { nodes { id name } } }")["tiers"]["nodes"]
    return next(str(tier["id"]) for tier in tiers if tier["name"] == "Bronze Referrer")


def test_what_was_read_after_one_change_is_not_told_after_the_next(
    caching_gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    tier = bronze(caching_gateway)
    pixlpay.forget_calls()
    payloads = caching_gateway.data(TWICE, {"id": tier})
    for alias, is_active in (("a", False), ("b", True)):
        changed = payloads[alias]["tier"]
        assert changed["isActive"] is is_active
        among_all = {node["id"]: node["isActive"] for node in changed["program"]["tiers"]["nodes"]}
        assert among_all[tier] is is_active
    assert [call.method for call in pixlpay.calls].count("POST") == 2


def test_what_was_walked_before_a_change_is_walked_again_after_it(
    caching_gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    tier = bronze(caching_gateway)
    claims = "query ($id: ID!) { node(id: $id) { ... on Tier { claims { totalCount } } } }"
    told = caching_gateway.data(claims, {"id": tier})["node"]["claims"]
    pages = pixlpay.count("/claims")
    pixlpay.forget_calls()
    payloads = caching_gateway.data(TWICE, {"id": tier})
    assert payloads["a"]["tier"]["claims"] == payloads["b"]["tier"]["claims"] == told
    assert pixlpay.count("/claims") == 2 * pages > 0
