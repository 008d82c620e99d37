"""GraphiQL in a real browser: it works under its policy and asks nobody but the gateway."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from graphql import parse, validate
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.pixlpay.sandbox import PixlpaySandbox
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


DEFERRED = """{
  fast: program(key: "coral-avenue") { tiers { nodes { name } } }
  ... @defer { slow: program(key: "block-haven") { tiers { nodes { name } } } }
}"""


@pytest.mark.usefixtures("built_web")
def test_graphiql_shows_deferred_parts_as_they_arrive(
    gateway: Gateway, watched: Watched, pixlpay: PixlpaySandbox
) -> None:
    page = watched.page
    pixlpay.faults.add(Fault("hang"))
    page.goto(f"{gateway.origin}/graphiql?query={quote(DEFERRED)}")
    page.wait_for_selector(".graphiql-query-editor .view-lines")
    page.click(".graphiql-execute-button")
    result = page.locator(".result-window")
    expect(result).to_contain_text("Bronze")
    expect(result).not_to_contain_text("First Friend")
    pixlpay.faults.clear()
    expect(result).to_contain_text("First Friend")
    expect(result).to_contain_text("Bronze")
    assert watched.violations() == []
    assert watched.complaints == []


# The editor keeps what is typed a moment later.
UNTIL_KEPT = """() => new Promise((done) => {
  const look = () =>
    JSON.stringify(sessionStorage).includes("of-this-tab") ? done() : setTimeout(look, 50);
  look();
})"""


@pytest.mark.usefixtures("built_web")
def test_graphiql_keeps_the_bearer_for_the_session_alone(
    gateway: Gateway, watched: Watched
) -> None:
    page = watched.page
    page.goto(f"{gateway.origin}/graphiql?query=%7B__typename%7D")
    editor = page.locator(".graphiql-editor-tool .monaco-editor:visible").last
    editor.locator(".view-lines").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text('{"Authorization": "Bearer of-this-tab"}')
    page.keyboard.press("Control+Shift+End")  # what the editor closed by itself
    page.keyboard.press("Delete")
    with page.expect_request(
        lambda request: request.headers.get("authorization") == "Bearer of-this-tab"
    ):
        page.click(".graphiql-execute-button")
    expect(page.locator(".result-window")).to_contain_text("Query")
    page.evaluate(UNTIL_KEPT)
    assert "of-this-tab" not in page.evaluate("JSON.stringify(localStorage)")

    another = page.context.new_page()
    another.goto(f"{gateway.origin}/graphiql")
    another.wait_for_selector(".graphiql-query-editor .view-lines")
    assert "of-this-tab" not in another.evaluate("JSON.stringify(sessionStorage)")
    assert page.context.cookies() == []


@pytest.mark.usefixtures("built_web")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_graphiql_tells_what_a_field_needs_and_is_accessible(
    gateway: Gateway, watched: Watched, scheme: Any
) -> None:
    page = watched.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{gateway.origin}/graphiql")
    page.wait_for_selector(".graphiql-query-editor .view-lines")
    page.click(".graphiql-execute-button")
    expect(page.locator(".result-window")).to_contain_text("coral-avenue")
    assert watched.faults() == []

    page.get_by_role("button", name="Show Documentation Explorer").click()
    docs = page.locator(".graphiql-plugin")
    docs.get_by_role("link", name="Mutation", exact=True).click()
    docs.get_by_role("link", name="tierCreate", exact=True).click()
    expect(docs).to_contain_text("Needs capability TIERS_WRITE and scope referrals:write.")
    assert watched.faults() == []
    page.get_by_role("button", name="Show GraphiQL Explorer").click()
    expect(page.locator(".graphiql-plugin")).to_contain_text("leaderboard")
    assert watched.foreign(gateway.origin) == []
    assert watched.violations() == []


# What reaches beyond the sides of the screen or of the dialog that it is in, but for what scrolls.
BEYOND = """() => {
  const scrolls = (part) => part.closest(".monaco-editor, .graphiql-tabs");
  const isSeen = (part) => part.checkVisibility({ opacityProperty: true });
  return [...document.querySelectorAll("#root *, [role=dialog] *")]
    .filter((part) => !scrolls(part) && isSeen(part))
    .filter((part) => {
      const { left, right } = part.getBoundingClientRect();
      const dialog = part.closest("[role=dialog]")?.getBoundingClientRect();
      return left < (dialog?.left ?? 0) || right > (dialog?.right ?? innerWidth);
    })
    .map((part) => part.outerHTML.slice(0, 200));
}"""


@pytest.mark.usefixtures("built_web")
def test_graphiql_fits_a_phone(gateway: Gateway, watched: Watched) -> None:
    page = watched.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{gateway.origin}/graphiql")
    page.wait_for_selector(".graphiql-query-editor .view-lines")
    page.click(".graphiql-execute-button")
    expect(page.locator(".result-window")).to_contain_text("coral-avenue")
    question = page.locator(".graphiql-editors").bounding_box()
    answer = page.locator(".graphiql-response").bounding_box()
    assert question is not None
    assert answer is not None
    assert min(question["width"], answer["width"]) > 350
    assert min(question["height"], answer["height"]) > 250
    assert question["y"] + question["height"] <= answer["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate(BEYOND) == []
    assert watched.faults() == []

    # What the buttons open stands in the place of both, and goes again.
    page.get_by_role("button", name="Show Documentation Explorer").click()
    docs = page.locator(".graphiql-plugin")
    docs.get_by_role("link", name="Query", exact=True).click()
    expect(docs).to_contain_text("viewer")
    shown = docs.bounding_box()
    assert shown is not None
    assert shown["width"] == 390
    assert page.evaluate(BEYOND) == []
    page.get_by_role("button", name="Hide Documentation Explorer").click()
    page.get_by_role("button", name="Headers").click()
    expect(page.get_by_role("region", name="Headers")).to_be_in_viewport()
    for opens in ("Open short keys dialog", "Open settings dialog"):
        page.get_by_role("button", name=opens).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert page.evaluate(BEYOND) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
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
