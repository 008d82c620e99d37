"""The dashboard in a real browser: its figures are the API's, and it stands what may happen."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import PersistedConfig
from gateway.http.web import POLICIES
from tests.gateway.access.callers import PEOPLE, Keys
from tests.running import Gateway, running_gateway
from tests.web.conftest import ROOT, Watched

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ACTIVE = ".panel[aria-busy=true]"

pytestmark = pytest.mark.usefixtures("built_web")


def opened(watched: Watched, gateway: Gateway, path: str = "/dashboard") -> None:
    """The dashboard with all its panels loaded."""
    watched.page.goto(f"{gateway.origin}{path}")
    expect(watched.page.locator(".panel")).not_to_have_count(0)
    expect(watched.page.locator(ACTIVE)).to_have_count(0, timeout=30_000)


def figures(gateway: Gateway, keys: list[str]) -> Any:
    query = """query ($keys: [String!]) {
      statistics(programs: $keys) { totalReferrals conversionPercent } }"""
    return gateway.data(query, {"keys": keys})["statistics"]


def test_the_figures_are_those_of_the_api(gateway: Gateway, watched: Watched) -> None:
    page = watched.page
    answer = page.goto(f"{gateway.origin}/dashboard")
    assert answer is not None
    assert answer.headers["content-security-policy"] == POLICIES["dashboard"]
    opened(watched, gateway)
    both = figures(gateway, ["coral-avenue", "block-haven"])
    expect(page.locator("[data-figure=total]")).to_have_text(f"{both['totalReferrals']}")
    expect(page.locator("[data-figure=conversion]")).to_have_text(
        f"{both['conversionPercent']:.1f} %"
    )
    for key in ("coral-avenue", "block-haven"):
        own = figures(gateway, [key])["totalReferrals"]
        expect(page.locator(f"[data-share={key}]")).to_contain_text(f"{own} referrals")
    assert watched.foreign(gateway.origin) == []
    assert watched.violations() == []
    assert watched.complaints == []


def test_a_program_that_is_unchecked_leaves_the_figures(gateway: Gateway, watched: Watched) -> None:
    opened(watched, gateway)
    watched.page.get_by_role("checkbox", name="Coral Avenue").uncheck()
    own = figures(gateway, ["block-haven"])["totalReferrals"]
    expect(watched.page.locator("[data-figure=total]")).to_have_text(f"{own}")


def test_one_vendor_may_be_down(
    gateway: Gateway, watched: Watched, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("status", status=503))
    opened(watched, gateway)
    notice = watched.page.locator(".notice", has_text="Block Haven is missing")
    expect(notice.first).to_be_visible()
    own = figures(gateway, ["coral-avenue"])["totalReferrals"]
    expect(watched.page.locator("[data-figure=total]")).to_have_text(f"{own}")


def test_referrals_are_searched_and_paged(gateway: Gateway, watched: Watched) -> None:
    opened(watched, gateway)
    panel = watched.page.get_by_role("region", name="All referrals")
    first = panel.locator("tbody tr").first.inner_text()
    panel.get_by_role("button", name="Next").click()
    expect(panel.get_by_text("Page 2")).to_be_visible()
    expect(panel.locator("tbody tr").first).not_to_have_text(re.escape(first))
    panel.get_by_label("Status").select_option("PENDING")
    panel.get_by_role("button", name="Search").click()
    expect(panel.get_by_text("Page 1")).to_be_visible()
    expect(panel.locator(".status.completed")).to_have_count(0)
    assert panel.locator(".status.pending").count() > 0
    # A cursor is of the programs that it was made for.
    panel.get_by_role("button", name="Next").click()
    expect(panel.get_by_text("Page 2")).to_be_visible()
    watched.page.get_by_role("checkbox", name="Coral Avenue").uncheck()
    expect(panel.get_by_text("Page 1")).to_be_visible()
    expect(panel.locator(".notice")).to_have_count(0)


def test_a_person_has_a_page(gateway: Gateway, watched: Watched) -> None:
    opened(watched, gateway)
    watched.page.get_by_role("region", name="Top referrers").first.get_by_role(
        "link", name="TopReferrer"
    ).click()
    page = watched.page.get_by_role("region", name="Referrer", exact=True)
    expect(page.get_by_role("heading", name="TopReferrer")).to_be_visible()
    expect(page.get_by_text("On the way to the next tier")).to_be_visible()
    assert page.locator("tbody tr").count() > 0


def test_a_code_is_checked(gateway: Gateway, watched: Watched) -> None:
    opened(watched, gateway)
    watched.page.get_by_label("Code", exact=True).fill("nobody's")
    watched.page.get_by_role("button", name="Check", exact=True).click()
    expect(watched.page.get_by_text("at Block Haven")).to_be_visible()
    expect(watched.page.get_by_text("not valid")).to_be_visible()


def test_a_tier_is_made_changed_and_deleted(
    gateway: Gateway, watched: Watched, pixlpay: PixlpaySandbox
) -> None:
    opened(watched, gateway)
    page = watched.page
    rules = page.get_by_role("region", name="Rules of Block Haven")
    dialog = page.get_by_role("dialog")
    rules.get_by_role("button", name="New tier").click()
    dialog.get_by_label("Name").fill("Obsidian")
    dialog.get_by_label("Referrals required").fill("77")
    dialog.get_by_label("Discount", exact=True).fill("12.5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(rules.get_by_text("Obsidian", exact=True)).to_be_visible()

    rules.get_by_role("button", name="Edit Obsidian").click()
    dialog.get_by_label("Discount", exact=True).fill("-1")
    dialog.get_by_role("button", name="Save").click()
    field = dialog.get_by_label("Discount", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    told = page.locator(f"[id='{field.get_attribute('aria-describedby')}']")
    expect(told).not_to_be_empty()

    field.fill("15")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(rules.get_by_text("from 77 referrals: 15.00% off")).to_be_visible()

    rules.get_by_role("button", name="Edit Obsidian").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_have_count(0)
    expect(rules.get_by_text("Obsidian", exact=True)).to_have_count(0)
    assert pixlpay.count("/tiers", "POST") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/dashboard", "person"])
def test_it_is_accessible(gateway: Gateway, watched: Watched, scheme: Any, path: str) -> None:
    if path == "person":
        query = (
            '{ topReferrers(limit: 1, programs: ["block-haven"]) { entries { people { id } } } }'
        )
        (entry,) = gateway.data(query)["topReferrers"]["entries"]
        path = f"/dashboard#/person/{entry['people'][0]['id']}"
    watched.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened(watched, gateway, path)
    watched.page.evaluate(AXE.read_text(encoding="utf-8"))
    result = watched.page.evaluate("axe.run()")
    faults = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in result["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert faults == []


def test_it_fits_a_phone(gateway: Gateway, watched: Watched) -> None:
    watched.page.set_viewport_size({"width": 360, "height": 740})
    opened(watched, gateway)
    assert watched.page.evaluate("document.documentElement.scrollWidth") == 360


def test_it_asks_for_a_key_where_one_is_needed(
    programs: tuple[ProgramConfig, ...], watched: Watched
) -> None:
    keys = Keys().add("manager", PEOPLE, "block-haven")
    with running_gateway(*programs, access=keys.config) as gateway:
        page = watched.page
        page.goto(f"{gateway.origin}/dashboard")
        page.get_by_label("Access key").fill(keys["manager"])
        page.get_by_role("button", name="Use it").click()
        expect(page.get_by_role("checkbox", name="Block Haven")).to_be_visible()
        expect(page.get_by_role("checkbox", name="Coral Avenue")).to_have_count(0)
        expect(page.locator(ACTIVE)).to_have_count(0, timeout=30_000)
        # Without the scope to write, the attempt is refused where it was made.
        page.get_by_role("button", name="Edit First Friend").click()
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(page.get_by_role("dialog").get_by_role("alert").last).to_contain_text(
            "referrals:write"
        )


def test_it_works_where_only_listed_documents_are_taken(
    programs: tuple[ProgramConfig, ...], watched: Watched, piggy: PiggySandbox
) -> None:
    persisted = PersistedConfig(mode="only")
    with running_gateway(*programs, persisted=persisted) as gateway:
        assert gateway.ask("{ __typename }").errors
        opened(watched, gateway)
        expect(watched.page.locator("[data-figure=total]")).to_have_text(re.compile(r"\d+"))
        assert watched.complaints == []
    assert piggy.count() > 0
