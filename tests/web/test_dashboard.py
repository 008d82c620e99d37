"""The dashboard in a real browser: its figures are the API's, and it stands what may happen."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import PersistedConfig
from gateway.http.web import POLICIES
from tests.running import Gateway, running_gateway
from tests.web.conftest import PATIENT, Watched

# What the page must show, asked of the API by itself.
TRUTH = """query Truth($from: Date) {
  statistics { ...Figures }
  programs { key name statistics { ...Figures } }
  timeline(from: $from, interval: MONTH) { points { referred completed } }
  topReferrers(combineByEmail: true) { entries { rank totalReferrals people { name } } }
  tiers { nodes { name program { key } } }
  claims(first: 10) { nodes { coupon { code } } }
  referrals(first: 25) { nodes { status referred { name } referrer { name } program { name } } }
}
fragment Figures on Statistics {
  totalReferrals successfulReferrals pendingReferrals failedReferrals conversionPercent
  rewardsClaimed
}"""

pytestmark = pytest.mark.usefixtures("built_web")


def region(watched: Watched, name: str) -> Locator:
    return watched.page.get_by_role("region", name=name, exact=True).first


def test_the_figures_are_those_of_the_api(gateway: Gateway, watched: Watched) -> None:
    page = watched.page
    answer = page.goto(f"{gateway.origin}/dashboard")
    assert answer is not None
    assert answer.headers["content-security-policy"] == POLICIES["dashboard"]
    watched.wait()
    today = datetime.now(UTC)
    year, month = divmod(today.year * 12 + today.month - 1 - 11, 12)
    first = date(year, month + 1, 1)
    truth = gateway.data(TRUTH, {"from": first.isoformat()})

    both = truth["statistics"]
    expect(page.locator("[data-figure=total]")).to_have_text(f"{both['totalReferrals']}")
    expect(page.locator("[data-figure=conversion]")).to_have_text(
        f"{both['conversionPercent']:.1f}%"
    )
    expect(page.locator("[data-figure=claimed]")).to_have_text(f"{both['rewardsClaimed']}")
    names = ("totalReferrals", "successfulReferrals", "pendingReferrals", "failedReferrals")
    expect(page.locator(".funnel strong")).to_have_text([f"{both[name]}" for name in names])
    for program in truth["programs"]:
        own = program["statistics"]
        part = own["totalReferrals"] / both["totalReferrals"]
        expect(page.locator(f"[data-share={program['key']}]")).to_have_text(
            f"{own['totalReferrals']} referrals, {part:.1%} of all"
            f" · {own['conversionPercent']:.1f}% completed"
        )

    page.get_by_text("As a table").click()
    points = [[f"{p['referred']}", f"{p['completed']}"] for p in truth["timeline"]["points"]]
    cells = region(watched, "Over time").locator("td")
    expect(cells).to_have_text([cell for point in points for cell in point])

    entries = truth["topReferrers"]["entries"]
    ranked = region(watched, "Top referrers").locator("tbody tr")
    for row, entry in zip(ranked.all(), entries, strict=True):
        for person in entry["people"]:
            expect(row).to_contain_text(person["name"])
        expect(row.locator("td").nth(1)).to_have_text(f"{entry['totalReferrals']}")
    expect(region(watched, "Claimed rewards").locator("code")).to_have_text(
        [node["coupon"]["code"] for node in truth["claims"]["nodes"]]
    )
    for tier in truth["tiers"]["nodes"]:
        name = next(p["name"] for p in truth["programs"] if p["key"] == tier["program"]["key"])
        own_rules = region(watched, "Rules and tiers").get_by_role("region", name=name)
        expect(own_rules.get_by_text(tier["name"], exact=True)).to_be_visible()
    rows = region(watched, "All referrals").locator("tbody tr")
    expect(rows).to_have_text(
        [
            re.compile(
                re.escape(node["referred"]["name"] + node["referrer"]["name"])
                + f"{node['status'].lower()}.*{node['program']['name']}"
            )
            for node in truth["referrals"]["nodes"]
        ]
    )

    # Whoever asks a gateway without callers may do everything.
    expect(page.get_by_role("link", name="GraphiQL")).to_be_visible()
    expect(page.get_by_text("Only callers with")).to_have_count(0)

    # Everything says how old it is, and what the gateway has worked out.
    for panel in page.locator(".panel:has(table), .panel:has(.funnel), .programs > li").all():
        expect(panel.locator(".sources").first).to_contain_text(re.compile("now|ago"))
    totals = region(watched, "Totals").locator(".sources li", has_text="Coral Avenue")
    expect(totals).to_contain_text("worked out by the gateway")
    expect(region(watched, "Over time")).to_contain_text("not told by Coral Avenue")
    assert watched.foreign(gateway.origin) == []
    assert watched.violations() == []
    assert watched.complaints == []


def test_the_fast_provider_paints_first_also_where_only_listed_documents_are_taken(
    programs: tuple[ProgramConfig, ...],
    watched: Watched,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
) -> None:
    persisted = PersistedConfig(mode="only")
    page = watched.page
    pixlpay.faults.add(Fault("hang"))
    with running_gateway(*programs, persisted=persisted, upstream=PATIENT) as gateway:
        assert gateway.ask("{ __typename }").errors
        page.goto(f"{gateway.origin}/dashboard")
        expect(page.locator("[data-share=coral-avenue]")).to_contain_text("referrals")
        expect(page.locator(".programs > li", has_text="Block Haven")).to_contain_text("Loading")
        rules = page.get_by_role("region", name="Rules and tiers")
        expect(rules.get_by_role("region", name="Coral Avenue")).to_contain_text("Gold")
        expect(rules.get_by_role("region", name="Block Haven")).to_contain_text("Loading")
        expect(page.locator("[data-figure=total]")).to_have_count(0)
        expect(region(watched, "Totals").locator(".bar i").first).to_be_visible()

        pixlpay.faults.clear()
        watched.wait()
        expect(page.locator("[data-share=block-haven]")).to_contain_text("referrals")
        expect(rules.get_by_role("region", name="Block Haven")).to_contain_text("First Friend")
        expect(page.locator("[data-figure=total]")).to_have_text(re.compile(r"^\d+$"))
        assert watched.complaints == []
    assert piggy.count() > 0


def test_a_program_that_is_unchecked_leaves_the_figures(gateway: Gateway, watched: Watched) -> None:
    watched.open(gateway)
    watched.page.get_by_role("checkbox", name="Coral Avenue").uncheck()
    own = gateway.data(TRUTH)["programs"][1]["statistics"]
    expect(watched.page.locator("[data-figure=total]")).to_have_text(f"{own['totalReferrals']}")
    expect(watched.page.locator(".badge.bad")).to_have_count(0)
    watched.page.get_by_role("checkbox", name="Block Haven").uncheck()
    expect(watched.page.get_by_text("Choose a program")).to_be_visible()


def test_one_vendor_may_be_gone(gateway: Gateway, watched: Watched, served_pixlpay: Served) -> None:
    watched.open(gateway)
    served_pixlpay.stop()
    watched.page.get_by_role("button", name="Refresh").click()
    for name in ("Programs", "Totals", "Over time", "Top referrers", "Claimed rewards"):
        notice = region(watched, name).locator(".notice", has_text="Block Haven is missing")
        expect(notice.first).to_be_visible()
    expect(region(watched, "Rules and tiers").get_by_text("The settings could not")).to_be_visible()
    own = gateway.data(TRUTH)["statistics"]
    expect(watched.page.locator("[data-figure=total]")).to_have_text(f"{own['totalReferrals']}")
    expect(region(watched, "All referrals").locator("tbody tr")).to_have_count(25)
    # What is not known is not called none.
    for untrue in ("No reward was claimed", "There is no tier yet", "of all"):
        expect(watched.page.get_by_text(untrue)).to_have_count(0)


def test_what_was_missing_appears_by_itself(
    gateway: Gateway, watched: Watched, pixlpay: PixlpaySandbox
) -> None:
    page = watched.page
    page.clock.install()
    pixlpay.faults.add(Fault("status", status=503))
    watched.open(gateway)
    expect(page.locator(".notice", has_text="Block Haven is missing").first).to_be_visible()
    expect(page.locator("[data-share=block-haven]")).to_have_count(0)
    pixlpay.faults.clear()
    page.clock.fast_forward("00:15")
    expect(page.locator("[data-share=block-haven]")).to_contain_text("referrals")
    expect(page.locator(".notice")).to_have_count(0)


def test_the_gateway_may_be_gone(programs: tuple[ProgramConfig, ...], watched: Watched) -> None:
    with running_gateway(*programs, upstream=PATIENT) as gateway:
        watched.open(gateway)
        total = watched.page.locator("[data-figure=total]").inner_text()
    watched.page.get_by_role("button", name="Refresh").click()
    told = region(watched, "Totals").get_by_role("alert")
    expect(told).to_have_text("The gateway cannot be reached.")
    expect(watched.page.locator("[data-figure=total]")).to_have_text(total)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(gateway: Gateway, watched: Watched, scheme: Any) -> None:
    page = watched.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    watched.open(gateway)
    page.get_by_text("As a table").click()
    assert watched.faults() == []
    page.get_by_role("button", name="Edit First Friend").click()
    assert watched.faults() == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="TopReferrer").first.click()
    expect(page.get_by_role("region", name="Referrer", exact=True)).to_be_visible()
    watched.wait()
    assert watched.faults() == []


def test_it_fits_a_phone(gateway: Gateway, watched: Watched) -> None:
    watched.page.set_viewport_size({"width": 360, "height": 740})
    watched.open(gateway)
    assert watched.page.evaluate("document.documentElement.scrollWidth") == 360
    watched.page.get_by_role("link", name="TopReferrer").first.click()
    expect(watched.page.get_by_role("region", name="Next tier")).to_be_visible()
    watched.wait()
    assert watched.page.evaluate("document.documentElement.scrollWidth") == 360


def test_an_address_that_is_none_leads_to_the_programs(gateway: Gateway, watched: Watched) -> None:
    watched.open(gateway, "/dashboard#/person/%E0%A4%A")
    expect(region(watched, "Programs")).to_be_visible()
    assert watched.complaints == []


def test_what_a_program_does_not_tell_is_not_called_none(
    gateway: Gateway, watched: Watched
) -> None:
    watched.open(gateway)
    watched.page.get_by_role("checkbox", name="Block Haven").uncheck()
    claims = region(watched, "Claimed rewards")
    expect(claims).to_contain_text("not told by Coral Avenue")
    watched.wait()
    expect(claims).not_to_contain_text("No reward was claimed")
    referrals = region(watched, "All referrals")
    referrals.get_by_label("From").fill("2026-01-01")
    referrals.get_by_role("button", name="Search").click()
    expect(referrals).to_contain_text("not told by Coral Avenue")
    watched.wait()
    expect(referrals).not_to_contain_text("There are no such referrals")


def test_settings_that_could_not_be_read_appear_by_themselves(
    gateway: Gateway, watched: Watched, pixlpay: PixlpaySandbox
) -> None:
    page = watched.page
    page.clock.install()
    pixlpay.faults.add(Fault("status", status=503, path="/settings"))
    watched.open(gateway)
    rules = region(watched, "Rules and tiers")
    expect(rules.get_by_text("The settings could not")).to_be_visible()
    pixlpay.faults.clear()
    page.clock.fast_forward("00:15")
    expect(rules.get_by_text("The settings could not")).to_have_count(0)
    expect(rules.locator(".notice")).to_have_count(0)


def test_a_person_who_could_not_be_read_appears_by_itself(
    gateway: Gateway, watched: Watched, piggy: PiggySandbox
) -> None:
    page = watched.page
    query = '{ referrals(first: 1, programs: ["coral-avenue"]) { nodes { referrer { id name } } } }'
    person = gateway.data(query)["referrals"]["nodes"][0]["referrer"]
    piggy.faults.add(Fault("status", status=503, path="/contacts"))
    page.clock.install()
    watched.open(gateway, f"/dashboard#/person/{person['id']}")
    referrer = region(watched, "Referrer")
    expect(referrer.locator(".notice")).to_contain_text("coral-avenue")
    expect(referrer).not_to_contain_text("Nobody is known")
    piggy.faults.clear()
    page.clock.fast_forward("00:15")
    expect(referrer).to_contain_text(person["name"])
    expect(page.locator(".notice")).to_have_count(0)


NO_INCENTIVES = """{"data": {
  "completion_event": {"type": "loyalty_transaction", "data": {"times": 1}},
  "limit_per_contact": null, "referring_contact_incentive": null, "referred_contact_incentive": null
}, "meta": {}}"""


@pytest.mark.parametrize(
    ("answer", "told", "untrue"),
    [
        (NO_INCENTIVES, "The referrer gets nothing", "what the tiers say"),
        ('{"data": null, "meta": {}}', "It has no settings.", "could not be read"),
    ],
    ids=["no incentives", "no settings"],
)
def test_rules_that_a_program_does_not_have_are_told_as_that(
    gateway: Gateway, watched: Watched, piggy: PiggySandbox, answer: str, told: str, untrue: str
) -> None:
    piggy.faults.add(Fault("status", status=200, path="/settings", body=answer))
    watched.open(gateway)
    rules = region(watched, "Rules and tiers").get_by_role("region", name="Coral Avenue")
    expect(rules).to_contain_text(re.compile(told.replace(" ", r"\s*")))
    expect(rules).not_to_contain_text(untrue)
