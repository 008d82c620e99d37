"""Many people's profiles at Piggy: in singles, or by the contact list where that is cheaper."""

import json

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served
from adapters.piggy.sandbox import PiggySandbox
from tests.gateway.upstream import told
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


def test_a_list_without_names_is_looked_at_once(
    uncached: Gateway, piggy: PiggySandbox, served_piggy: Served
) -> None:
    rows = told(served_piggy, piggy, "/contacts?limit=100")
    bare = [{"uuid": row["uuid"], "email": row["email"]} for row in rows]
    body = json.dumps({"data": bare, "meta": {"last_page": 3}})
    piggy.faults.add(Fault(kind="wrong_shape", path="/contacts", times=1, body=body))
    for _ in range(2):
        assert all(person["name"] for person in people(uncached, 30).values())
    assert piggy.count("/contacts") == 1


def test_a_list_that_fails_falls_back_to_singles(gateway: Gateway, piggy: PiggySandbox) -> None:
    piggy.faults.add(Fault(kind="html", path="/contacts", times=1))
    assert all(person["name"] for person in people(gateway, 30).values())
