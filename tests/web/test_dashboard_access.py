"""The dashboard of a gateway that asks who somebody is: it offers what they may do, and says why
there is no more."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from adapters.provider import ProgramConfig
from gateway.http.web import documents
from tests.gateway.access.callers import EVERYTHING, PEOPLE, READ, WRITE, Keys
from tests.running import Gateway, running_gateway
from tests.web.conftest import PATIENT, Watched

KEYS = (
    Keys()
    .add("reader", READ)
    .add("editor", WRITE)
    .add("manager", PEOPLE, "block-haven")
    .add("boss", EVERYTHING)
)

pytestmark = pytest.mark.usefixtures("built_web")


@pytest.fixture
def guarded(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    with running_gateway(*programs, access=KEYS.config, upstream=PATIENT) as running:
        yield running


def enter(watched: Watched, guarded: Gateway, name: str, path: str = "/dashboard") -> None:
    """Open the dashboard, with the key of a caller."""
    page = watched.page
    page.goto(f"{guarded.origin}{path}")
    page.get_by_label("Access key").fill(KEYS[name])
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("navigation", name="Page")).to_contain_text(f"You are {name}")
    watched.wait()


def test_it_asks_for_a_key_where_one_is_needed(guarded: Gateway, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{guarded.origin}/dashboard")
    page.get_by_label("Access key").fill("wrong")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("alert")).to_have_text("The access key was not accepted.")
    page.get_by_label("Access key").fill(KEYS["manager"])
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("checkbox", name="Block Haven")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Coral Avenue")).to_have_count(0)
    watched.wait()
    page.get_by_role("button", name="Forget access key").click()
    expect(page.get_by_label("Access key")).to_be_visible()
    expect(page.get_by_role("navigation", name="Page")).not_to_contain_text("manager")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_it_asks_in_one_place_whatever_is_refused_first(guarded: Gateway, watched: Watched) -> None:
    # A second form in the place of the first would not know what is typed in that.
    [viewer] = [id_ for id_, text in documents().items() if "viewer" in text]
    page = watched.page

    def hold(route: Route) -> None:
        if viewer not in (route.request.post_data or ""):
            route.continue_()

    page.route("**/graphql", hold)
    with page.expect_response("**/graphql") as refused:
        page.goto(f"{guarded.origin}/dashboard")
    assert refused.value.status == 401
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)))")
    expect(page.get_by_label("Access key")).to_have_count(0)
    page.unroute("**/graphql")  # which lets go of what is held
    page.get_by_label("Access key").fill(KEYS["reader"])
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("navigation", name="Page")).to_contain_text("You are reader")
    watched.wait()


def test_who_may_read_alone_sees_figures_and_why_there_is_no_more(
    guarded: Gateway, watched: Watched
) -> None:
    enter(watched, guarded, "reader")
    page = watched.page
    people = "Only callers with the scope people:read can see"
    for name, withheld in {
        "Top referrers": f"{people} who they are.",
        "Claimed rewards": f"{people} who claimed them and with which code.",
        "All referrals": f"{people} who referred whom, and search for them.",
        "Check a referral code": f"{people} whose code it is.",
    }.items():
        panel = page.get_by_role("region", name=name, exact=True).first
        expect(panel.get_by_text(withheld)).to_be_visible()
    rules = page.get_by_role("region", name="Rules and tiers")
    withheld = "Only callers with the scope referrals:write can change them."
    expect(rules.get_by_role("region", name="Block Haven")).to_contain_text(withheld)
    # Nobody can change anything there, whatever their scopes.
    expect(rules.get_by_role("region", name="Coral Avenue")).not_to_contain_text("Only")
    expect(rules.get_by_role("button")).to_have_count(0)
    expect(rules).to_contain_text("First Friend")

    # What is not theirs was not asked for, so nothing was refused.
    expect(page.locator(".notice")).to_have_count(0)
    expect(page.locator("a[href^='#/person/']")).to_have_count(0)
    expect(page.get_by_label("Name or e-mail address")).to_have_count(0)
    expect(page.get_by_role("link", name="GraphiQL")).to_have_count(0)
    told = KEYS.ask(guarded, "reader", "{ statistics { totalReferrals } }").data["statistics"]
    expect(page.locator("[data-figure=total]")).to_have_text(f"{told['totalReferrals']}")
    for name in ("Top referrers", "Claimed rewards", "All referrals"):
        panel = page.get_by_role("region", name=name, exact=True).first
        expect(panel.locator("tbody tr", has_text="Block Haven").first).to_be_visible()

    # Codes are checked and lists narrowed without them all the same.
    codes = page.get_by_role("region", name="Check a referral code")
    codes.get_by_label("Code", exact=True).fill("ABC12345")
    codes.get_by_role("button", name="Check").click()
    expect(codes).to_contain_text("valid “ABC12345” at Block Haven")
    expect(codes).not_to_contain_text(", of")
    referrals = page.get_by_role("region", name="All referrals")
    referrals.get_by_label("Status").select_option("PENDING")
    referrals.get_by_role("button", name="Search").click()
    expect(referrals.locator(".badge.good")).to_have_count(0)
    assert referrals.locator(".badge.warn").count() > 0
    expect(page.locator(".notice")).to_have_count(0)


def test_a_person_is_not_shown_to_who_may_not_see_people(
    guarded: Gateway, watched: Watched
) -> None:
    nodes = "{ referrals(first: 1) { nodes { referrer { id } } } }"
    told = KEYS.ask(guarded, "boss", nodes).data["referrals"]["nodes"][0]["referrer"]
    enter(watched, guarded, "reader", f"/dashboard#/person/{told['id']}")
    page = watched.page
    expect(page.get_by_text("can see a person.")).to_be_visible()
    expect(page.get_by_role("region")).to_have_count(0)
    page.get_by_role("link", name="All programs").click()
    expect(page.get_by_role("region", name="Programs")).to_be_visible()


def test_who_may_write_edits_without_seeing_people(guarded: Gateway, watched: Watched) -> None:
    enter(watched, guarded, "editor")
    page = watched.page
    page.get_by_role("button", name="Switch off First Friend").click()
    expect(page.get_by_role("button", name="Switch on First Friend")).to_be_visible()
    expect(page.get_by_text("can change them")).to_have_count(0)
    expect(page.locator("a[href^='#/person/']")).to_have_count(0)
