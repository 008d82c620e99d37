"""Many people's profiles at Piggy: in singles, or by the contact list where that is cheaper."""

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from tests.running import Gateway

NAMES = """query ($first: Int) { program(key: "coral-avenue") { referrals(first: $first) {
  nodes { referrer { id name } referred { id name email referralCode loyaltyPoints tier { name } }
  } } } }"""


def people(gateway: Gateway, first: int) -> dict[str, dict[str, object]]:
    nodes = gateway.data(NAMES, {"first": first})["program"]["referrals"]["nodes"]
    return {person["id"]: person for n in nodes for person in (n["referred"],) if person}


def test_a_few_are_read_one_by_one(gateway: Gateway, piggy: PiggySandbox) -> None:
    people(gateway, 5)
    assert piggy.count("/contacts") == 0
    singles = [call.path for call in piggy.calls if "/contacts/" in call.path]
    assert len(piggy.calls) == 1 + len(singles) == 1 + len(set(singles))


def test_a_hundred_are_read_from_the_list(gateway: Gateway, piggy: PiggySandbox) -> None:
    listed = people(gateway, 100)
    pages = piggy.count("/contacts")
    singles = sum("/contacts/" in call.path for call in piggy.calls)
    assert pages >= 1
    assert 1 + pages + singles == len(piggy.calls) < len(listed)


def test_the_list_and_the_singles_tell_the_same(gateway: Gateway, piggy: PiggySandbox) -> None:
    listed = people(gateway, 100)
    some = people(gateway, 5)
    assert some == {id_: listed[id_] for id_ in some}


def test_a_list_that_fails_falls_back_to_singles(gateway: Gateway, piggy: PiggySandbox) -> None:
    piggy.faults.add(Fault(kind="html", path="/contacts", times=1))
    assert all(person["name"] for person in people(gateway, 30).values())
