"""Pages of other origins: who may ask, who may read, and who may make nobody's browser ask."""

from collections.abc import Iterator

import httpx
import pytest

from adapters.provider import ProgramConfig
from gateway.config import HttpConfig
from tests.running import Gateway, running_gateway

DASHBOARD = "https://dashboard.example.com"
FOREIGN = "https://evil.example.com"
QUERY = {"query": "{ __typename }"}
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}


@pytest.fixture(scope="module")
def gateway(idle_program: ProgramConfig) -> Iterator[Gateway]:
    """One that the dashboard's pages may ask."""
    with running_gateway(idle_program, http=HttpConfig(origins=(DASHBOARD,))) as running:
        yield running


def refused(response: httpx.Response) -> bool:
    """Whether it was, so that no page can read even that."""
    if response.status_code != 403:
        return False
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "ORIGIN_NOT_ALLOWED"}
    assert not [name for name in response.headers if name.startswith("access-control")]
    return True


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_no_browser_may_ask(gateway: Gateway, method: str) -> None:
    assert ask(gateway, method, {}).json() == {"data": {"__typename": "Query"}}


def ask(gateway: Gateway, method: str, headers: dict[str, str]) -> httpx.Response:
    if method == "GET":
        return gateway.http.get("/graphql", params=QUERY, headers=headers)
    return gateway.http.post("/graphql", json=QUERY, headers=headers)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_the_gateways_own_pages_may_ask(gateway: Gateway, method: str, site: str | None) -> None:
    headers = {"origin": gateway.origin} | ({} if site is None else {"sec-fetch-site": site})
    answer = ask(gateway, method, headers)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "anything"},
        {"sec-fetch-site": "cross-site", "origin": FOREIGN},
        {"sec-fetch-site": "same-origin", "origin": FOREIGN},
        {"origin": FOREIGN},
        {"origin": "null"},
        {"origin": ""},
        {"origin": DASHBOARD + "."},
        {"origin": DASHBOARD.upper()},
        {"origin": f"{DASHBOARD}, {FOREIGN}"},
        {"origin": "http://dashboard.example.com"},
        {"origin": "https://dashboard.example.com:8443"},
        {"origin": "https://a.dashboard.example.com"},
    ],
    ids=str,
)
def test_a_foreign_page_may_not(gateway: Gateway, method: str, headers: dict[str, str]) -> None:
    assert refused(ask(gateway, method, headers))


def test_two_origins_are_none_that_is_allowed(gateway: Gateway) -> None:
    headers = [("origin", DASHBOARD), ("origin", FOREIGN)]
    assert refused(gateway.http.post("/graphql", json=QUERY, headers=headers))


def test_the_gateways_own_name_by_another_scheme_is_foreign(gateway: Gateway) -> None:
    origin = gateway.origin.replace("http://", "https://")
    assert refused(ask(gateway, "POST", {"origin": origin}))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_an_allowed_origin_may_ask_and_read(gateway: Gateway, method: str) -> None:
    answer = ask(gateway, method, {"origin": DASHBOARD, "sec-fetch-site": "cross-site"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert answer.headers["access-control-allow-origin"] == DASHBOARD
    assert "access-control-allow-credentials" not in answer.headers
    assert "x-request-id" in answer.headers["access-control-expose-headers"]
    assert "origin" in answer.headers["vary"]


def test_it_may_read_what_went_wrong(gateway: Gateway) -> None:
    answer = gateway.http.post("/graphql", content=b"x", headers={"origin": DASHBOARD})
    assert answer.status_code == 415
    assert answer.headers["access-control-allow-origin"] == DASHBOARD


def test_a_preflight_of_an_allowed_origin_is_answered(gateway: Gateway) -> None:
    headers = {"origin": DASHBOARD, "sec-fetch-site": "cross-site", **PREFLIGHT}
    answer = gateway.http.options("/graphql", headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == DASHBOARD
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "gateway-debug", "idempotency-key"} <= set(allowed)
    assert {"traceparent", "tracestate", "baggage", "sentry-trace"} <= set(allowed)
    assert "*" not in allowed
    assert "access-control-allow-credentials" not in answer.headers


def test_a_preflight_of_another_is_refused(gateway: Gateway, idle: Gateway) -> None:
    assert refused(gateway.http.options("/graphql", headers={"origin": FOREIGN, **PREFLIGHT}))
    assert refused(idle.http.options("/graphql", headers={"origin": DASHBOARD, **PREFLIGHT}))


def test_options_that_is_no_preflight_is_no_method(gateway: Gateway) -> None:
    assert gateway.http.options("/graphql").status_code == 405


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_a_body_that_needs_no_preflight_is_refused_from_anybody(
    gateway: Gateway, content_type: str | None
) -> None:
    headers = {"origin": DASHBOARD} | (
        {} if content_type is None else {"content-type": content_type}
    )
    content = b'{"query": "{ __typename }"}'
    assert gateway.http.post("/graphql", content=content, headers=headers).status_code == 415


def test_a_link_to_the_bare_address_leads_to_the_explorer(gateway: Gateway) -> None:
    headers = {"sec-fetch-site": "cross-site", "accept": "text/html,*/*;q=0.8"}
    answer = gateway.http.get("/graphql", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (307, "/graphiql")
    with_query = gateway.http.get("/graphql", params=QUERY, headers=headers)
    assert refused(with_query)
