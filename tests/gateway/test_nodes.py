"""Objects found again by their identifiers."""

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

THINGS = """
{
  programs { __typename id key }
  tiers { nodes { __typename id name referralsRequired program { key } } }
  referrals(first: 20) { nodes { id referrer { __typename id email program { key } } } }
  claims(first: 1) { nodes { id } }
}
"""
FRAGMENTS = """
  __typename id
  ... on Program { key }
  ... on Tier { name referralsRequired program { key } }
  ... on Person { email program { key } }
"""
NODE = f"query ($id: ID!) {{ node(id: $id) {{ {FRAGMENTS} }} }}"
NODES = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {FRAGMENTS} }} }}"


def test_programs_tiers_and_people_of_both_providers_are_found_again(gateway: Gateway) -> None:
    data = gateway.data(THINGS)
    people = {
        found["program"]["key"]: found
        for node in data["referrals"]["nodes"]
        if (found := node["referrer"])
    }
    things = [*data["programs"], *data["tiers"]["nodes"], *people.values()]
    keys = [thing.get("program", thing)["key"] for thing in things]
    assert {(thing["__typename"], key) for thing, key in zip(things, keys, strict=True)} == {
        (name, key)
        for name in ("Program", "Tier", "Person")
        for key in ("coral-avenue", "block-haven")
    }
    for thing in things:
        assert gateway.data(NODE, {"id": thing["id"]})["node"] == thing


def test_several_come_in_the_order_asked_for_with_null_for_what_is_not_known(
    gateway: Gateway,
) -> None:
    data = gateway.data(THINGS)
    tiers = data["tiers"]["nodes"]
    ids = [thing["id"] for thing in (tiers[-1], *data["programs"], tiers[0], tiers[-1])]
    referral, claim = data["referrals"]["nodes"][0]["id"], data["claims"]["nodes"][0]["id"]
    # Neither provider reads a referral or a claim by its identifier.
    found = gateway.data(NODES, {"ids": [*ids, referral, claim, ids[0]]})["nodes"]
    assert [node and node["id"] for node in found] == [*ids, None, None, ids[0]]


def test_what_several_ask_for_is_asked_once(
    uncached: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    data = uncached.data(THINGS)
    people = [node["referrer"] for node in data["referrals"]["nodes"] if node["referrer"]]
    things = [*data["programs"], *data["tiers"]["nodes"]]
    piggy.forget_calls()
    pixlpay.forget_calls()
    uncached.data(NODES, {"ids": 2 * [thing["id"] for thing in [*things, *people[:2]]]})
    # One call for the tiers of a program, one for a person, none for a program.
    assert piggy.count() + pixlpay.count() == 2 + 2


def test_no_ids_are_no_nodes(gateway: Gateway) -> None:
    assert gateway.data(NODES, {"ids": []}) == {"nodes": []}
