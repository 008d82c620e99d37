"""GraphiQL in a real browser: it works under its policy and asks nobody but the gateway."""

import re
from pathlib import Path

import httpx
import pytest
from graphql import parse, validate
from playwright.sync_api import Browser
from starlette.applications import Starlette

from adapters._sandbox.serving import serve_in_thread
from adapters.provider import ProgramConfig
from gateway.config import AccessConfig
from gateway.http.access import Access
from gateway.http.web import PLAIN, POLICIES, routes
from gateway.schema import schema
from tests.gateway.access.callers import EVERYTHING, Keys
from tests.running import Gateway, running_gateway
from tests.web.conftest import ROOT, Watched

SHOWN = PLAIN / "graphiql.html"
EXAMPLES = sorted((ROOT / "web" / "src" / "graphiql" / "examples").glob("*.graphql"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_fit_the_schema(example: Path) -> None:
    assert validate(schema._schema, parse(example.read_text())) == []


@pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if "mutation" not in e.read_text()], ids=lambda path: path.stem
)
def test_the_examples_have_answers(gateway: Gateway, example: Path) -> None:
    assert all(gateway.data(example.read_text()).values())


@pytest.mark.usefixtures("built_web")
def test_graphiql_runs_the_first_example(gateway: Gateway, watched: Watched) -> None:
    page = watched.page
    answer = page.goto(f"{gateway.origin}/graphiql")
    assert answer is not None
    assert answer.headers["content-security-policy"] == POLICIES["graphiql"]
    page.wait_for_selector(".graphiql-query-editor .view-lines")
    assert page.locator(".graphiql-tab").count() == len(EXAMPLES)
    page.click(".graphiql-execute-button")
    page.locator(".result-window", has_text="coral-avenue").wait_for()
    assert watched.foreign(gateway.origin) == []
    assert watched.violations() == []
    assert watched.complaints == []


@pytest.mark.usefixtures("built_web")
def test_graphiql_completes_a_field(gateway: Gateway, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{gateway.origin}/graphiql?query=%7B%20%20%7D")
    page.wait_for_selector(".graphiql-query-editor .view-lines")
    page.click(".graphiql-query-editor .view-lines")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Space")
    page.wait_for_selector(".suggest-widget .monaco-list-row")
    page.keyboard.type("leaderb")
    page.wait_for_selector(".suggest-widget .monaco-list-row:has-text('leaderboard')")
    assert watched.violations() == []


def test_without_the_build_a_plain_page_says_so(tmp_path: Path) -> None:
    pages = Starlette(routes=routes(tmp_path))
    pages.state.access = Access(AccessConfig(), frozenset())
    with serve_in_thread(pages) as served:
        page = httpx.get(f"{served.origin}/graphiql", trust_env=False)
        assert "was not built" in page.text
        assert page.headers["content-security-policy"] == POLICIES["graphiql"]
        for name in re.findall(r'"\./assets/([a-z.]+)"', page.text):
            file = httpx.get(f"{served.origin}/assets/{name}", trust_env=False)
            assert file.content == (PLAIN / name).read_bytes()


@pytest.mark.usefixtures("built_web")
def test_an_administrator_opens_it_with_the_key_as_password(
    programs: tuple[ProgramConfig, ...], chromium: Browser
) -> None:
    keys = Keys().add("boss", EVERYTHING)
    with running_gateway(*programs, access=keys.config) as gateway:
        context = chromium.new_context(
            http_credentials={"username": "anybody", "password": keys["boss"]}
        )
        answer = context.new_page().goto(f"{gateway.origin}/graphiql")
        assert answer is not None
        assert answer.status == 200
        context.close()


def test_the_plain_page_runs_queries(gateway: Gateway, watched: Watched) -> None:
    page = watched.page
    headers = {"content-security-policy": POLICIES["graphiql"]}
    page.route("**/graphiql", lambda route: route.fulfill(path=SHOWN, headers=headers))
    page.route("**/assets/plain.css", lambda route: route.fulfill(path=PLAIN / "plain.css"))
    page.route("**/assets/plain.js", lambda route: route.fulfill(path=PLAIN / "plain.js"))
    page.goto(f"{gateway.origin}/graphiql")
    page.click("button")
    page.locator("#answer", has_text="block-haven").wait_for()
    assert watched.foreign(gateway.origin) == []
    assert watched.violations() == []
