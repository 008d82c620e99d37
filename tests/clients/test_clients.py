"""What runs under Node: the audits of GraphQL over HTTP, and clients that people use.

Needs Node and `npm ci --prefix tests/clients`; `.ci/run` sees to both.
"""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

FOLDER = Path(__file__).parent
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules").exists(),
    reason="needs Node and `npm ci --prefix tests/clients`",
)

PLAIN = "{ programs { key } }"
DEFERRED = """{
  fast: program(key: "coral-avenue") { id tiers { nodes { id name } } }
  ... @defer(label: "slow") {
    slow: program(key: "block-haven") { id statistics { totalReferrals } }
  }
}"""


def run(script: str, gateway: Gateway, *arguments: str) -> Any:
    """What a script prints."""
    command = [NODE or "node", script, f"{gateway.origin}/graphql", *arguments]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_audit_of_graphql_over_http_passes(gateway: Gateway) -> None:
    audits = run("audits.mjs", gateway)
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    levels = Counter(audit["name"].split()[0] for audit in audits)
    assert levels == {"MUST": 13, "SHOULD": 23, "MAY": 25}


def test_apollo_client_asks_by_hash_and_shows_what_is_there_first(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.5, path="/statistics"))
    result = run("apollo.mjs", gateway, PLAIN, DEFERRED)
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


def test_urql_gets_plain_queries_whole_and_deferred_ones_in_parts(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.5, path="/statistics"))
    result = run("urql.mjs", gateway, PLAIN, DEFERRED)
    assert not any(one.get("error") for one in [*result["plain"], *result["deferred"]])
    (plain,) = result["plain"]
    assert [program["key"] for program in plain["data"]["programs"]]
    first, *_, last = result["deferred"]
    assert first["hasNext"]
    assert "slow" not in first["data"]
    assert not last["hasNext"]
    assert last["data"]["slow"]["statistics"]["totalReferrals"] > 0
