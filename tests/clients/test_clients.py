"""What runs under Node: the audits of GraphQL over HTTP, and clients that people use.

Needs Node and `npm ci --prefix tests/clients`; `.ci/run` sees to both.
"""

from collections import Counter

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.clients.node import needs_node, told
from tests.clients.touring import assert_toured
from tests.running import Gateway

pytestmark = needs_node

PLAIN = "{ programs { key } }"
DEFERRED = """{
  fast: program(key: "coral-avenue") { id tiers { nodes { id name } } }
  ... @defer(label: "slow") {
    slow: program(key: "block-haven") { id statistics { totalReferrals } }
  }
}"""


def test_every_audit_of_graphql_over_http_passes(gateway: Gateway) -> None:
    audits = told("audits.mjs", gateway)
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    levels = Counter(audit["name"].split()[0] for audit in audits)
    assert levels == {"MUST": 13, "SHOULD": 23, "MAY": 25}


def test_apollo_client_asks_by_hash_and_shows_what_is_there_first(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.5, path="/statistics"))
    result = told("apollo.mjs", gateway, PLAIN, DEFERRED)
    keys = [[program["key"] for program in data["programs"]] for data in result["data"]]
    assert keys == [["coral-avenue", "block-haven"]] * 2
    *by_hash, deferred = result["asked"]
    assert [(one["method"], one["hasQuery"]) for one in by_hash] == [
        ("GET", False),
        ("POST", True),
        ("GET", False),
    ]
    assert deferred["contentType"].startswith("multipart/mixed")
    first, last = (state for state in result["states"] if state["dataState"] != "empty")
    assert first["dataState"] == "streaming"
    assert first["data"]["fast"]["tiers"]["nodes"]
    assert "slow" not in first["data"]
    assert last["dataState"] == "complete"
    assert last["data"]["slow"]["statistics"]["totalReferrals"] > 0
    assert_toured(result["tour"], gateway, piggy, pixlpay)


def test_urql_gets_plain_queries_whole_and_deferred_ones_in_parts(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.5, path="/statistics"))
    result = told("urql.mjs", gateway, PLAIN, DEFERRED)
    assert not any(one.get("error") for one in [*result["plain"], *result["deferred"]])
    (plain,) = result["plain"]
    assert [program["key"] for program in plain["data"]["programs"]]
    first, *_, last = result["deferred"]
    assert first["hasNext"]
    assert "slow" not in first["data"]
    assert not last["hasNext"]
    assert last["data"]["slow"]["statistics"]["totalReferrals"] > 0
    assert_toured(result["tour"], gateway, piggy, pixlpay)


def test_graphql_request_tours(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    assert_toured(told("graphql-request.mjs", gateway), gateway, piggy, pixlpay)
