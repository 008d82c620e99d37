"""What is done with the dashboard: lists, people, codes, and changes with their refusals."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from adapters._sandbox.faults import Fault
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from tests.running import Gateway, running_gateway
from tests.web.conftest import PATIENT, Watched

pytestmark = pytest.mark.usefixtures("built_web")


def test_referrals_are_searched_filtered_and_paged(gateway: Gateway, watched: Watched) -> None:
    watched.open(gateway)
    panel = watched.page.get_by_role("region", name="All referrals")
    rows = panel.locator("tbody tr")
    first = rows.first.inner_text()
    forward = panel.get_by_role("button", name="Next")
    forward.focus()
    watched.page.keyboard.press("Enter")
    expect(panel.get_by_text("Page 2")).to_be_visible()
    expect(rows.first).not_to_have_text(first)
    expect(forward).to_be_focused()

    panel.get_by_label("Status").select_option("PENDING")
    panel.get_by_role("button", name="Search").click()
    expect(panel.get_by_text("Page 1")).to_be_visible()
    expect(panel.locator(".badge.good")).to_have_count(0)
    assert panel.locator(".badge.warn").count() > 0
    expect(panel.get_by_label("Status")).to_have_value("PENDING")

    # Programs that do not date referrals say so.
    panel.get_by_role("button", name="Clear").click()
    panel.get_by_label("From").fill("2026-01-01")
    panel.get_by_label("Name or e-mail address").fill("TopReferrer")
    panel.get_by_label("Name or e-mail address").press("Enter")
    expect(panel).to_contain_text("not told by Coral Avenue")
    watched.wait()
    for row in rows.all():
        expect(row).to_contain_text("TopReferrer")

    # A cursor is of the programs that it was made for.
    panel.get_by_role("button", name="Clear").click()
    forward.click()
    expect(panel.get_by_text("Page 2")).to_be_visible()
    watched.page.get_by_role("checkbox", name="Coral Avenue").uncheck()
    expect(panel.get_by_text("Page 1")).to_be_visible()
    expect(panel.locator(".notice")).to_have_count(0)


def test_a_person_has_a_page(gateway: Gateway, watched: Watched) -> None:
    watched.open(gateway)
    page = watched.page
    shared = page.get_by_role("region", name="Top referrers").first.locator(
        "tr:has(.person + .person)"
    )
    at_piggy, at_pixlpay = shared.first.get_by_role("link").all_inner_texts()
    shared.first.get_by_role("link", name=at_pixlpay).click()
    person = page.get_by_role("region", name="Referrer", exact=True)
    expect(person).to_contain_text(at_pixlpay)
    expect(page.locator("main")).to_be_focused()
    watched.wait()
    progress = gateway.data(
        "query ($id: ID!) { node(id: $id) { ... on Person {"
        " tierProgress { remaining successfulReferrals next { name } } } } }",
        {"id": page.evaluate("decodeURIComponent(location.hash.slice('#/person/'.length))")},
    )["node"]["tierProgress"]
    tier = page.get_by_role("region", name="Next tier")
    expect(tier).to_contain_text(f"{progress['remaining']} more for {progress['next']['name']}")
    expect(tier.get_by_role("progressbar")).to_have_js_property(
        "value", progress["successfulReferrals"]
    )
    made = page.get_by_role("region", name="Referrals made")
    expect(made.locator("tbody tr").first).to_contain_text(at_pixlpay)
    expect(page.get_by_role("region", name="Claimed rewards").first).to_be_visible()
    for panel in page.locator(".panel").all():
        expect(panel.locator(".sources").first).to_contain_text(re.compile("now|ago"))

    page.get_by_role("region", name="Same e-mail address elsewhere").get_by_role("link").click()
    expect(person).to_contain_text(at_piggy)
    page.get_by_role("link", name="All programs").click()
    expect(page.get_by_role("region", name="Programs")).to_be_visible()


def test_a_code_is_checked(gateway: Gateway, watched: Watched) -> None:
    watched.open(gateway)
    panel = watched.page.get_by_role("region", name="Check a referral code")
    code = panel.get_by_label("Code", exact=True)
    code.fill("nobody's")
    code.press("Enter")
    expect(panel).to_contain_text("not valid “nobody's” at Block Haven")
    code.fill("ABC12345")
    code.press("Enter")
    expect(panel).to_contain_text("valid “ABC12345” at Block Haven, of TopReferrer")
    expect(panel).to_contain_text("not told by Coral Avenue")


def test_a_tier_is_made_changed_switched_off_and_deleted_by_keyboard(
    gateway: Gateway, watched: Watched, pixlpay: PixlpaySandbox
) -> None:
    watched.open(gateway)
    page = watched.page
    keyboard = page.keyboard
    rules = page.get_by_role("region", name="Rules and tiers").get_by_role(
        "region", name="Block Haven"
    )
    dialog = page.get_by_role("dialog")
    new = rules.get_by_role("button", name="New tier")
    new.press("Enter")
    dialog.get_by_label("Name").fill("Obsidian")
    dialog.get_by_label("Referrals required").fill("77")
    dialog.get_by_label("Discount", exact=True).fill("12.5")
    keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(new).to_be_focused()
    expect(rules.get_by_role("status").first).to_have_text("The tier was added.")
    row = rules.get_by_role("listitem").filter(has_text="Obsidian")
    expect(row).to_contain_text("from 77 referrals: 12.50% off")

    # What the vendor says of a field is told there, and the focus is where it must be put right.
    edit = rules.get_by_role("button", name="Edit Obsidian")
    edit.press("Enter")
    field = dialog.get_by_label("Discount", exact=True)
    field.fill("-1")
    keyboard.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    told = page.locator(f"[id='{field.get_attribute('aria-describedby')}']")
    expect(told).not_to_be_empty()
    field.fill("15")
    keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("from 77 referrals: 15.00% off")
    expect(edit).to_be_focused()

    rules.get_by_role("button", name="Switch off Obsidian").press("Enter")
    expect(rules.get_by_role("button", name="Switch on Obsidian")).to_be_visible()
    expect(row.get_by_text("off", exact=True)).to_be_visible()

    edit.press("Enter")
    dialog.get_by_role("button", name="Delete").press("Enter")
    expect(dialog.get_by_role("button", name="Really delete")).to_be_focused()
    keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(row).to_have_count(0)
    expect(rules.get_by_role("status").first).to_have_text("The tier was deleted.")
    assert pixlpay.count("/tiers", "POST") == 1


def test_a_tier_that_somebody_has_claimed_is_switched_off(
    gateway: Gateway, watched: Watched
) -> None:
    watched.open(gateway)
    page = watched.page
    page.get_by_role("button", name="Edit First Friend").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Really delete").click()
    expect(page.get_by_text("switched off and not deleted")).to_be_visible()
    expect(page.get_by_role("button", name="Switch on First Friend")).to_be_visible()


def test_settings_are_changed(gateway: Gateway, watched: Watched, pixlpay: PixlpaySandbox) -> None:
    watched.open(gateway)
    page = watched.page
    rules = page.get_by_role("region", name="Rules and tiers").get_by_role(
        "region", name="Block Haven"
    )
    dialog = page.get_by_role("dialog")
    rules.get_by_role("button", name="Settings").click()
    # Nothing was changed, so nothing is sent.
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    rules.get_by_role("button", name="Settings").click()
    discount = dialog.get_by_label("Discount", exact=True)
    discount.fill("-1")
    dialog.get_by_role("button", name="Save").click()
    expect(discount).to_have_attribute("aria-invalid", "true")
    discount.fill("20")
    dialog.get_by_label("A referral counts on").select_option("SIGNUP")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(rules.get_by_role("status").first).to_have_text("The settings were changed.")
    expect(rules).to_contain_text("signup")
    expect(rules).to_contain_text("20% off")


def test_a_tier_of_which_nobody_knows_what_became_is_not_called_deleted(
    gateway: Gateway, watched: Watched, pixlpay: PixlpaySandbox
) -> None:
    watched.open(gateway)
    page = watched.page
    page.get_by_role("button", name="Edit First Friend").click()
    page.get_by_role("button", name="Delete").click()
    pixlpay.faults.add(Fault("status", status=503, path="/tiers", method="GET"))
    page.get_by_role("button", name="Really delete").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    rules = page.get_by_role("region", name="Rules and tiers").get_by_role(
        "region", name="Block Haven"
    )
    expect(rules.get_by_role("status").first).to_contain_text("could not be read")
    assert pixlpay.count(method="DELETE") == 1


def test_a_tier_keeps_its_currency(
    programs: tuple[ProgramConfig, ...], watched: Watched, pixlpay: PixlpaySandbox
) -> None:
    at_piggy, at_pixlpay = programs
    in_dollars = replace(at_pixlpay, currency="USD")
    with running_gateway(at_piggy, in_dollars, upstream=PATIENT) as gateway:
        tiers = (
            '{ program(key: "block-haven") { id tiers { nodes { name reward {'
            " ... on FixedDiscountIncentive { value { amount currency } } } } } } }"
        )
        create = """mutation ($id: ID!) { tierCreate(programId: $id, input: {
            name: "Euros", referralsRequired: 7, reward: {fixed: {amount: "5", currency: "EUR"}}
        }) { errors { message } } }"""
        gateway.data(create, {"id": gateway.data(tiers)["program"]["id"]})
        watched.open(gateway)
        watched.page.get_by_role("button", name="Edit Euros").click()
        dialog = watched.page.get_by_role("dialog")
        dialog.get_by_label("Discount", exact=True).fill("6")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        nodes = gateway.data(tiers)["program"]["tiers"]["nodes"]
        (reward,) = [tier["reward"] for tier in nodes if tier["name"] == "Euros"]
        assert reward["value"] == {"amount": "6.00", "currency": "EUR"}


def test_a_code_that_could_not_be_checked_again_says_so(gateway: Gateway, watched: Watched) -> None:
    watched.open(gateway)
    panel = watched.page.get_by_role("region", name="Check a referral code")
    panel.get_by_label("Code", exact=True).fill("ABC12345")
    panel.get_by_label("Code", exact=True).press("Enter")
    expect(panel).to_contain_text("valid “ABC12345” at Block Haven")
    watched.page.route("**/graphql", lambda route: route.abort())
    watched.page.get_by_role("button", name="Refresh").click()
    expect(panel.locator(".notice")).to_have_text("The gateway cannot be reached.")
