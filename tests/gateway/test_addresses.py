"""The addresses beside `/graphql`."""

import tomllib
from pathlib import Path

import pytest

from adapters._sandbox.serving import Served
from gateway.schema import schema
from tests.running import Gateway

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
VERSION = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]

# As browsers send it.
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("address", ["/", "/graphql"])
def test_a_browser_goes_on_to_graphiql(gateway: Gateway, address: str) -> None:
    response = gateway.http.get(address, headers=BROWSER)
    assert response.is_redirect
    assert response.headers["location"] == "/graphiql"


def test_a_browser_with_a_query_gets_its_answer(gateway: Gateway) -> None:
    response = gateway.http.get("/graphql", params={"query": "{ __typename }"}, headers=BROWSER)
    assert response.json() == {"data": {"__typename": "Query"}}


def test_anything_else_learns_at_the_root_where_things_are(gateway: Gateway) -> None:
    addresses = gateway.http.get("/").json()
    assert addresses == {"graphql": "/graphql", "graphiql": "/graphiql", "health": "/healthz"}
    for name in ("graphiql", "health"):
        assert gateway.http.get(addresses[name]).status_code == 200


def test_the_schema_is_there_as_text(gateway: Gateway) -> None:
    response = gateway.http.get("/schema.graphql")
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text == schema.as_str() + "\n"


def test_liveness_and_readiness(gateway: Gateway) -> None:
    assert gateway.http.get("/healthz").json() == {"status": "ok"}
    ready = gateway.http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "version": VERSION,
        "programs": {"coral-avenue": "UNKNOWN", "block-haven": "UNKNOWN"},
        "shared_cache": "off",
    }


def test_one_dead_provider_leaves_the_gateway_ready(
    gateway: Gateway, served_pixlpay: Served
) -> None:
    served_pixlpay.stop()
    gateway.ask("{ tiers { sources { status } } }")
    ready = gateway.http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "version": VERSION,
        "programs": {"coral-avenue": "HEALTHY", "block-haven": "DEGRADED"},
        "shared_cache": "off",
    }
