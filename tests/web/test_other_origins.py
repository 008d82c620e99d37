"""Pages of another origin, in a browser that holds back what they may not send or read."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from adapters._sandbox.serving import serve_in_thread
from adapters.provider import ProgramConfig
from gateway.config import HttpConfig
from tests.running import running_gateway
from tests.web.conftest import PATIENT, Watched

ASK = """([address, headers]) =>
  fetch(address, {method: "POST", headers, body: JSON.stringify({query: "{ __typename }"})})
    .then((answer) => Promise.all([answer.json(), answer.headers.get("x-request-id")]))
    .catch((error) => error.name)"""

PLAIN = {"content-type": "application/json", "authorization": "Bearer nobody's"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
INSTRUMENTED = {
    "OpenTelemetry": {"traceparent": f"00-{TRACE}-01", "tracestate": "a=b", "baggage": "c=d"},
    "Sentry": {"sentry-trace": f"{TRACE}-1", "baggage": "sentry-environment=production"},
    "Datadog": {
        "x-datadog-origin": "rum",
        "x-datadog-parent-id": "1",
        "x-datadog-sampling-priority": "1",
        "x-datadog-trace-id": "2",
    },
    "nothing": {},
}


@pytest.fixture
def elsewhere(watched: Watched) -> Iterator[Page]:
    """A page that some other server gave."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse("<!doctype html><title>elsewhere</title>")

    with serve_in_thread(Starlette(routes=[Route("/", page)])) as served:
        watched.page.goto(served.origin)
        yield watched.page


@pytest.mark.parametrize("headers", INSTRUMENTED.values(), ids=INSTRUMENTED)
def test_a_page_of_an_allowed_origin_asks_whatever_instruments_it(
    programs: tuple[ProgramConfig, ...], elsewhere: Page, headers: dict[str, str]
) -> None:
    origin = elsewhere.url.rstrip("/")
    with running_gateway(
        *programs, upstream=PATIENT, http=HttpConfig(origins=(origin,))
    ) as gateway:
        sent = {**PLAIN, **headers}
        answer, request_id = elsewhere.evaluate(ASK, [f"{gateway.origin}/graphql", sent])
    assert answer == {"data": {"__typename": "Query"}}
    assert request_id


def test_a_page_of_another_cannot_ask(programs: tuple[ProgramConfig, ...], elsewhere: Page) -> None:
    with running_gateway(*programs, upstream=PATIENT) as gateway:
        address = f"{gateway.origin}/graphql"
        assert elsewhere.evaluate(ASK, [address, PLAIN]) == "TypeError"
