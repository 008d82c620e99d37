"""People by their address, their profiles, and those who may be the same elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.people import person
from adapters._sandbox.serving import Served, serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.gateway.upstream import told
from tests.running import Gateway, program, running_gateway

# Somebody at both sandboxes; Pixlpay's writes the address in another letter case.
SHARED = person(24).email

PEOPLE = """
query ($email: String!, $programs: [String!]) {
  people(email: $email, programs: $programs) {
    nodes {
      providerId name email referralCode loyaltyPoints
      tier { name kind }
      program { key }
      source { status isComplete fetchedAt }
    }
    sources { program { key } status isComplete isComputed error { code message } }
  }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { ... on Person { name email } } }"


@pytest.mark.parametrize(
    "email",
    [SHARED, SHARED.upper(), SHARED.title(), f"  {SHARED}\n"],
    ids=["lower", "upper", "title", "blanks"],
)
def test_an_address_is_looked_up_with_one_call_a_program_in_any_letter_case(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox, email: str
) -> None:
    query = "query ($email: String!) { people(email: $email) { nodes { email program { key } } } }"
    at_piggy, at_pixlpay = gateway.data(query, {"email": email})["people"]["nodes"]
    assert at_piggy == {"email": SHARED, "program": {"key": "coral-avenue"}}
    assert at_pixlpay["program"] == {"key": "block-haven"}
    assert at_pixlpay["email"].casefold() == SHARED != at_pixlpay["email"]
    assert [call.path.rpartition("/")[2] for call in piggy.calls] == ["find-one-by"]
    assert [call.path.rpartition("/")[2] for call in pixlpay.calls] == ["customers"]


def test_a_profile_holds_what_the_provider_says(
    gateway: Gateway,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    served_piggy: Served,
    served_pixlpay: Served,
) -> None:
    contact = told(served_piggy, piggy, f"/contacts/find-one-by?email={SHARED}")
    (customer,) = told(served_pixlpay, pixlpay, f"/customers?email={SHARED}")
    values = contact["current_values"]
    at_piggy, at_pixlpay = gateway.data(PEOPLE, {"email": SHARED})["people"]["nodes"]
    for found in (at_piggy, at_pixlpay):
        source = found.pop("source")
        assert source.pop("fetchedAt")
        assert source == {"status": "FRESH", "isComplete": True}
    assert at_piggy == {
        "providerId": contact["uuid"],
        "name": f"{values['firstname']} {values['lastname']}",
        "email": contact["email"],
        "referralCode": values["referral_code"],
        "loyaltyPoints": contact["credit_balance"]["balance"],
        "tier": contact["tier"],  # none, for this one
        "program": {"key": "coral-avenue"},
    }
    code = at_pixlpay.pop("referralCode")
    assert at_pixlpay == {
        "providerId": str(customer["id"]),
        "name": customer["name"],
        "email": customer["email"],
        "loyaltyPoints": None,
        "tier": None,
        "program": {"key": "block-haven"},
    }
    top = told(served_pixlpay, pixlpay, "/referrals/top-referrers?limit=100")
    assert [row["referral_code"] for row in top if row["id"] == customer["id"]] == [code]


@pytest.mark.parametrize("shape", ["guide", "api"])
def test_either_documented_shape_of_a_customer_is_read(
    served_pixlpay: Served, gateway: Gateway, pixlpay: PixlpaySandbox, shape: Any
) -> None:
    pixlpay.customers_shape = shape
    variables = {"email": SHARED, "programs": ["block-haven"]}
    (found,) = gateway.data(PEOPLE, variables)["people"]["nodes"]
    (customer,) = told(served_pixlpay, pixlpay, f"/customers?email={SHARED}")
    assert found["name"] == customer["name" if shape == "guide" else "username"]


def test_an_address_of_nobody_is_an_empty_list_and_no_failure(gateway: Gateway) -> None:
    # The second is a part of many addresses, which Pixlpay's search would find.
    for email in ("nobody@example.com", "example.com", "%_'\"&limit=1"):
        people = gateway.data(PEOPLE, {"email": email})["people"]
        assert people["nodes"] == []
        assert [source["status"] for source in people["sources"]] == ["FRESH", "FRESH"]


@pytest.mark.parametrize("email", ["", " \t\n", "x" * 309 + "@example.com"])
def test_no_address_at_all_is_refused_before_any_call(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox, email: str
) -> None:
    answer = gateway.ask(PEOPLE, {"email": email})
    assert [error["extensions"]["code"] for error in answer.errors] == ["BAD_USER_INPUT"]
    assert "`email`" in answer.errors[0]["message"]
    assert piggy.calls == pixlpay.calls == []


def test_a_part_that_fits_more_customers_than_a_page_holds_is_not_looked_up_to_the_end(
    gateway: Gateway,
) -> None:
    people = gateway.data(PEOPLE, {"email": "example.", "programs": ["block-haven"]})["people"]
    assert people["nodes"] == []
    (source,) = people["sources"]
    assert (source["status"], source["isComplete"]) == ("FRESH", False)


def test_only_the_programs_asked_for_are_asked(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    people = gateway.data(PEOPLE, {"email": SHARED, "programs": ["coral-avenue"]})["people"]
    assert [found["program"]["key"] for found in people["nodes"]] == ["coral-avenue"]
    assert [source["program"]["key"] for source in people["sources"]] == ["coral-avenue"]
    assert pixlpay.calls == []


@pytest.fixture
def narrow() -> Iterator[tuple[Gateway, PixlpaySandbox]]:
    """A store whose token may not read customers."""
    sandbox = PixlpaySandbox(scopes=["referrals:read"], calls_per_minute=None)
    with (
        serve_in_thread(sandbox) as served,
        running_gateway(program("block-haven", "pixlpay", served.origin, sandbox.token)) as gateway,
    ):
        yield gateway, sandbox


def test_without_the_scope_for_customers_the_referrals_are_searched_and_it_says_so(
    narrow: tuple[Gateway, PixlpaySandbox],
) -> None:
    gateway, sandbox = narrow
    query = """query ($email: String!) { people(email: $email) {
        nodes { name email } sources { status isComplete error { code } } } }"""
    people = gateway.data(query, {"email": SHARED})["people"]
    assert [found["email"].casefold() for found in people["nodes"]] == [SHARED]
    assert people["nodes"][0]["name"]
    assert people["sources"] == [{"status": "FRESH", "isComplete": False, "error": None}]
    assert [call.path.rpartition("/")[2] for call in sandbox.calls] == ["customers", "referrals"]


def test_a_store_without_that_endpoint_is_searched_in_the_same_way(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("status", path="/customers", status=404))
    variables = {"email": SHARED, "programs": ["block-haven"]}
    query = """query ($email: String!, $programs: [String!]) {
      people(email: $email, programs: $programs) {
        nodes { email } sources { status isComplete } } }"""
    people = gateway.data(query, variables)["people"]
    assert len(people["nodes"]) == 1
    assert people["sources"] == [{"status": "FRESH", "isComplete": False}]


def test_counterparts_are_asked_of_the_other_programs_alone(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    query = """query ($email: String!, $programs: [String!]) {
      people(email: $email, programs: $programs) { nodes { counterparts {
        nodes { email program { key } } sources { program { key } status } } } } }"""
    here, there = "coral-avenue", "block-haven"
    for own, other in ((here, there), (there, here)):
        (found,) = gateway.data(query, {"email": SHARED, "programs": [own]})["people"]["nodes"]
        (counterpart,) = found["counterparts"]["nodes"]
        assert counterpart["email"].casefold() == SHARED
        assert counterpart["program"] == {"key": other}
        assert found["counterparts"]["sources"] == [{"program": {"key": other}, "status": "FRESH"}]


def test_counterparts_of_somebody_whose_address_the_answer_left_out(gateway: Gateway) -> None:
    query = """{ leaderboard(programs: ["block-haven"], limit: 20) { entries { person {
        email counterparts { nodes { email program { key } } } } } } }"""
    people = [entry["person"] for entry in gateway.data(query)["leaderboard"]["entries"]]
    assert any(found["counterparts"]["nodes"] for found in people)
    for found in people:
        for counterpart in found["counterparts"]["nodes"]:
            assert counterpart["program"] == {"key": "coral-avenue"}
            assert counterpart["email"].casefold() == found["email"].casefold()


def test_the_tier_of_a_person_is_that_of_the_contact_or_null_without_an_error(
    gateway: Gateway, piggy: PiggySandbox, served_piggy: Served
) -> None:
    query = """{ referrals(first: 60, programs: ["coral-avenue"]) {
        nodes { referred { providerId tier { name } } } } }"""
    nodes = gateway.data(query)["referrals"]["nodes"]
    people = [node["referred"] for node in nodes if node["referred"]]
    names = set()
    for found in people:
        tier = told(served_piggy, piggy, f"/contacts/{found['providerId']}")["tier"]
        # A nameless one is none (FACTS P17).
        expected = {"name": tier["name"]} if tier and tier["name"] else None
        assert found["tier"] == expected
        names.add(tier and tier["name"])
    assert names == {"Bronze", "Silver", "Gold", "", None}
