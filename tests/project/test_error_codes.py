"""The page of errors tells with which status each code comes."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.config import GraphQLConfig, PersistedConfig
from gateway.errors import ErrorCode
from tests.gateway.access.callers import READ, Keys
from tests.running import Gateway, running_gateway

PAGE = (Path(__file__).parents[2] / "docs/errors.md").read_text(encoding="utf-8")
TOLD = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*\d{3}[^|]*) \|", PAGE, re.MULTILINE))

# These take a provider that is asked; they have tests of their own.
ELSEWHERE = {
    *("IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_KEY_IN_USE", "IDEMPOTENCY_OUTCOME_UNKNOWN"),
    *("UNAVAILABLE", "INTERNAL_SERVER_ERROR"),
}
OF_PROVIDERS_ALONE = {"INVALID_INPUT", "RATE_LIMITED", "TIMEOUT", "REJECTED", "MALFORMED_RESPONSE"}

OF_THE_DOCUMENT = {
    *("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "LIMIT_EXCEEDED"),
    *("PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED", "DOCUMENT_NOT_TRUSTED"),
    *("INTROSPECTION_DISABLED", "FORBIDDEN", "UNKNOWN_PROGRAM", "INVALID_ID", "INVALID_CURSOR"),
}

KEYS = Keys().add("reader", READ)
QUERY = "{ programs { key } }"
UNKNOWN_HASH = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "BAD_REQUEST": ("open", {"json": {}}),
    "NOT_FOUND": ("open", {"url": "/nowhere"}),
    "MISDIRECTED_REQUEST": ("open", {"headers": {"host": "gateway.example.com"}}),
    "METHOD_NOT_ALLOWED": ("open", {"method": "PUT"}),
    "UNSUPPORTED_MEDIA_TYPE": ("open", {"headers": {"content-type": "text/plain"}}),
    "ORIGIN_NOT_ALLOWED": ("open", {"headers": {"origin": "https://elsewhere.example"}}),
    "PERSISTED_QUERY_NOT_FOUND": ("open", {"json": {"extensions": UNKNOWN_HASH}}),
    "PERSISTED_QUERY_NOT_SUPPORTED": ("open", {"json": {"documentId": "mine"}}),
    "GRAPHQL_PARSE_FAILED": ("open", {"json": {"query": "{"}}),
    "GRAPHQL_VALIDATION_FAILED": ("open", {"json": {"query": "{ nothing }"}}),
    "BAD_USER_INPUT": (
        "open",
        {"json": {"query": "query ($key: String!) { program(key: $key) { id } }"}},
    ),
    "UNKNOWN_PROGRAM": (
        "open",
        {"json": {"query": '{ tiers(programs: ["nobody"]) { nodes { id } } }'}},
    ),
    "INVALID_ID": ("open", {"json": {"query": '{ node(id: "x") { id } }'}}),
    "INVALID_CURSOR": ("open", {"json": {"query": '{ referrals(after: "x") { nodes { id } } }'}}),
    "LIMIT_EXCEEDED": ("open", {"json": {"query": "{" + "programs { key } " * 900 + "}"}}),
    "DOCUMENT_NOT_TRUSTED": ("listed", {}),
    "INTROSPECTION_DISABLED": ("silent", {"json": {"query": "{ __schema { description } }"}}),
    "UNAUTHENTICATED": ("guarded", {}),
    "FORBIDDEN": (
        "guarded",
        {
            "json": {"query": "mutation { tierDelete(id: 1) { providerMessage } }"},
            "headers": KEYS.headers("reader"),
        },
    ),
}


@pytest.fixture(scope="module")
def gateways() -> Iterator[dict[str, Gateway]]:
    """An open one, one that takes nothing but a listed document, and one with a caller."""
    strict = PersistedConfig(mode="only", documents={"listed": "{ __schema { description } }"})
    with ExitStack() as stack:
        yield {
            "open": stack.enter_context(running_gateway()),
            "listed": stack.enter_context(running_gateway(persisted=strict)),
            "silent": stack.enter_context(
                running_gateway(graphql=GraphQLConfig(introspection=False))
            ),
            "guarded": stack.enter_context(running_gateway(access=KEYS.config)),
        }


@pytest.mark.parametrize("code", REQUESTS)
def test_a_code_comes_with_the_status_that_is_told(code: str, gateways: dict[str, Gateway]) -> None:
    assert str(status_of(code, gateways, "application/graphql-response+json")) in TOLD[code]


@pytest.mark.parametrize("code", REQUESTS)
def test_clients_of_before_get_200_for_what_is_wrong_with_the_document(
    code: str, gateways: dict[str, Gateway]
) -> None:
    status = status_of(code, gateways, "application/json")
    assert status == 200 if code in OF_THE_DOCUMENT else str(status) in TOLD[code]


def status_of(code: str, gateways: dict[str, Gateway], accept: str) -> int:
    """The status of an answer with that code."""
    name, changed = REQUESTS[code]
    headers = {"accept": accept, **changed.get("headers", {})}
    asked = {"method": "POST", "url": "/graphql", "json": {"query": QUERY}, **changed}
    answer = gateways[name].http.request(**{**asked, "headers": headers})
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}
    return answer.status_code


def test_every_code_has_a_request_here_or_elsewhere() -> None:
    assert REQUESTS.keys() | ELSEWHERE == TOLD.keys() == set(ErrorCode) - OF_PROVIDERS_ALONE
