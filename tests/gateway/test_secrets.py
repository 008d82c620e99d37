"""What must never come out in answers, logs, metrics and traces: tokens, upstream bodies, e-mail
addresses."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.people import person
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig
from tests.gateway.scraping import scrape
from tests.gateway.telemetry.collector import Collector
from tests.gateway.telemetry.logging_to import Logs
from tests.running import Gateway, running_gateway

EMAIL = person(24).email
# A trace is binary: an @ alone may be a part of a time.
ADDRESS = re.compile(r"[\w.+%-]{3,}(@|%40)[\w-]{3,}\.[a-z]{2,}")

# What a vendor's error body might quote. The words with a colon are the form of a scope.
MARKS = ("victim@leak.example", "hunter-two")
BODY = orjson.dumps(
    {
        "success": False,
        "error": f"{MARKS[0]} exists",
        "error_description": MARKS[0],
        "message": f"{MARKS[0]} used password:{MARKS[1]}",
        "errors": {"email": [f"{MARKS[0]} is taken"], MARKS[1]: MARKS[0]},
        "exception": MARKS[1],
    }
).decode()

QUERY = """
query ($email: String!, $email_cased: String!) {
  programs {
    key
    settings { isEnabled }
    health { status lastError { code message } }
    statistics { totalReferrals sources { error { code message } } }
    topReferrers { entries { rank } sources { error { code message } } }
    codeValidation(code: "ABC12345") { isValid reason }
  }
  referrals(first: 10) {
    nodes { referrer { name tier { name } } referred { name referralCode loyaltyPoints } }
    sources { error { code message } }
  }
  claims { nodes { claimant { name } tier { description } } sources { error { code message } } }
  tiers { nodes { name } sources { error { code message } } }
  people(email: $email) { nodes { id } sources { error { code message } } }
  again: people(email: $email_cased) { nodes { id } sources { error { code message } } }
}
"""
VARIABLES = {"email": EMAIL, "email_cased": EMAIL.upper()}

FAULTS = {
    **{
        f"{status}": Fault("status", status=status, body=BODY)
        for status in (400, 401, 403, 404, 409, 422, 429, 500, 503)
    },
    "html": Fault("html", body=f"<html>{BODY}</html>"),
    "html with 200": Fault("html", status=200, body=f"<html>{BODY}</html>"),
    "garbage": Fault("garbage", body=f"{MARKS[0]}{{{MARKS[1]}"),
    "no data": Fault("wrong_shape", body=BODY.replace("false", "true")),
    "says that it failed": Fault("wrong_shape", body=BODY),
    "other data": Fault("wrong_shape", body=f'{{"data": "{MARKS[0]}", "meta": "{MARKS[1]}"}}'),
    "redirect": Fault("redirect", location=f"http://elsewhere.invalid/?to={MARKS[0]}"),
    "truncated json": Fault("truncated_json"),
    "truncated body": Fault("truncated_body"),
    "drop": Fault("drop"),
}


def told(logs: Logs, gateway: Gateway, collector: Collector) -> str:
    """The log, the metrics and the trace after one request."""
    spans = collector.requests(1)
    assert {span.kind for span in spans} == {"SERVER", "INTERNAL", "CLIENT"}
    metrics = scrape(gateway)
    assert metrics.labels("upstream_calls_total", "program") == {"coral-avenue", "block-haven"}
    return metrics.text + logs.text() + b"".join(collector.bodies).decode("latin-1")


@pytest.fixture
def uncached(
    programs: tuple[ProgramConfig, ...], logs: Logs, collector: Collector
) -> Iterator[Gateway]:
    """A gateway with its caches off."""
    cache = CacheConfig(fresh_seconds=0, stale_seconds=0, response_seconds=0)
    with running_gateway(*programs, cache=cache, log=logs.written.log, traces=True) as running:
        yield running


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_failure_tells_nothing_that_the_provider_said(
    fault: Fault,
    uncached: Gateway,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    logs: Logs,
    collector: Collector,
) -> None:
    for sandbox in (piggy, pixlpay):
        sandbox.faults.add(fault)
    answer = uncached.ask(QUERY, VARIABLES)
    assert answer.errors
    logged = told(logs, uncached, collector)
    for secret in (*MARKS, EMAIL, piggy.token, pixlpay.token, piggy.canary):
        assert secret not in answer.http.text
        assert secret not in logged


def test_a_good_answer_and_its_logs_hold_no_token_and_no_login_code(
    uncached: Gateway,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    logs: Logs,
    collector: Collector,
) -> None:
    carried = {
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate": f"a={EMAIL}",
        "baggage": f"who={EMAIL}",
    }
    answer = uncached.ask(QUERY, VARIABLES, carried)
    assert not answer.errors
    people = [who for node in answer.data["referrals"]["nodes"] for who in node.values() if who]
    assert any(who["name"] for who in people)
    logged = told(logs, uncached, collector)
    for secret in (piggy.token, pixlpay.token, piggy.canary):
        assert secret not in answer.http.text
        assert secret not in logged
    for address in (EMAIL, EMAIL.upper(), EMAIL.replace("@", "%40"), "@example."):
        assert address not in logged


def test_the_oddities_of_the_vendors_are_logged_without_addresses(
    uncached: Gateway, piggy: PiggySandbox, logs: Logs, collector: Collector
) -> None:
    piggy.quirks.add("duplicate_contact_key")
    uncached.data("{ referrals { nodes { id } } }")
    logged = told(logs, uncached, collector)
    assert "of coral-avenue" in logged
    assert not ADDRESS.search(logged)


def test_a_refused_token_is_not_told(
    uncached: Gateway,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    logs: Logs,
    collector: Collector,
) -> None:
    refused = (piggy.token, pixlpay.token)
    piggy.token = "another"
    pixlpay.tokens.clear()
    answer = uncached.ask(QUERY, VARIABLES)
    codes: set[Any] = {error["extensions"]["code"] for error in answer.errors}
    assert codes == {"UNAUTHENTICATED"}
    logged = told(logs, uncached, collector)
    for secret in refused:
        assert secret not in answer.http.text
        assert secret not in logged
