"""Reports that the gateway works out itself: right, marked, and at the stated cost."""

from collections import Counter
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.config import CacheConfig
from tests.running import Gateway, program, running_gateway

SOURCES = "sources { program { key } status isComputed isComplete fetchedAt totalCount }"
ALL = """query ($program: String!, $filter: ReferralFilter, $after: String) {
  program(key: $program) { referrals(first: 100, filter: $filter, after: $after) {
    totalCount
    nodes { id status referredAt firstOrderAt referrer { id email } referred { id email } }
    pageInfo { hasNextPage endCursor }
    sources { status isComputed isComplete } } } }"""


def every_referral(
    gateway: Gateway, program: str, filter_: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while True:
        variables = {"program": program, "filter": filter_, "after": after}
        page = gateway.data(ALL, variables)["program"]["referrals"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_one_walk_serves_all_of_piggys_reports(gateway: Gateway, piggy: PiggySandbox) -> None:
    referrals = every_referral(gateway, "coral-avenue")
    piggy.forget_calls()
    data = gateway.data(f"""{{ program(key: "coral-avenue") {{
        statistics {{ totalReferrals successfulReferrals pendingReferrals failedReferrals
                      conversionPercent rewardsClaimed {SOURCES} }}
        leaderboard(limit: 100) {{ entries {{ rank person {{ id }} referralCount }} {SOURCES} }}
        topReferrers(limit: 3) {{ entries {{ people {{ id }} successfulReferrals }} }}
        referrals(first: 100, filter: {{search: "JANSEN"}}) {{ nodes {{ id }} }} }} }}""")[
        "program"
    ]
    assert piggy.count("/referrals") == len(piggy.calls) == 3  # 240 referrals, 100 a page

    statuses = Counter(referral["status"] for referral in referrals)
    statistics = data["statistics"]
    assert statistics["totalReferrals"] == len(referrals)
    assert statistics["successfulReferrals"] == statuses["COMPLETED"]
    assert statistics["pendingReferrals"] == statuses["PENDING"]
    assert statistics["failedReferrals"] == statuses["FAILED"]
    assert statistics["conversionPercent"] == round(100 * statuses["COMPLETED"] / len(referrals), 2)
    assert statistics["rewardsClaimed"] is None
    (source,) = statistics["sources"]
    assert (source["status"], source["isComputed"], source["isComplete"]) == ("FRESH", True, True)
    assert source["fetchedAt"]

    completed = Counter(r["referrer"]["id"] for r in referrals if r["status"] == "COMPLETED")
    assert {
        e["person"]["id"]: e["referralCount"] for e in data["leaderboard"]["entries"]
    } == completed
    best = data["topReferrers"]["entries"][0]
    assert best["successfulReferrals"] == max(completed.values())
    found = {node["id"] for node in data["referrals"]["nodes"]}
    assert found == {
        r["id"]
        for r in referrals
        if any("jansen" in p["email"].casefold() for p in (r["referrer"], r["referred"]) if p)
    }


def test_a_finished_walk_is_kept(caching_gateway: Gateway, piggy: PiggySandbox) -> None:
    query = '{ program(key: "coral-avenue") { statistics { totalReferrals } } }'
    caching_gateway.data(query)
    piggy.forget_calls()
    caching_gateway.data(query)
    assert piggy.calls == []


def test_pixlpays_own_reports_are_not_walked(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    data = gateway.data(f"""{{ program(key: "block-haven") {{
        statistics {{ totalReferrals successfulReferrals pendingReferrals failedReferrals
                      {SOURCES} }}
        leaderboard {{ {SOURCES} }} topReferrers {{ {SOURCES} }} }} }}""")["program"]
    assert len(pixlpay.calls) == 3
    statistics = data["statistics"]
    assert statistics["pendingReferrals"] == (
        statistics["totalReferrals"] - statistics["successfulReferrals"]
    )
    assert statistics["failedReferrals"] is None
    assert not any(data[report]["sources"][0]["isComputed"] for report in data)


def test_dates_are_filtered_by_a_walk(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    referrals = every_referral(gateway, "block-haven")
    days = sorted(r["referredAt"][:10] for r in referrals)
    first, last = days[40], days[120]
    pixlpay.forget_calls()
    filter_ = {"referredFrom": first, "referredTo": last, "status": "COMPLETED"}
    found = every_referral(gateway, "block-haven", filter_)
    assert {r["id"] for r in found} == {
        r["id"]
        for r in referrals
        if first <= r["referredAt"][:10] <= last and r["status"] == "COMPLETED"
    }
    assert pixlpay.count("/referrals") == len(pixlpay.calls) == 2  # 180 referrals


def test_a_persons_referrals_at_pixlpay(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    referrals = every_referral(gateway, "block-haven")
    (best, count), *_ = Counter(r["referrer"]["id"] for r in referrals).most_common()
    pixlpay.forget_calls()
    found = every_referral(gateway, "block-haven", {"referrerId": best})
    assert len(found) == count
    assert {r["referrer"]["id"] for r in found} == {best}
    assert len(pixlpay.calls) == 2


def test_a_persons_referrals_at_piggy_are_the_providers_own(
    gateway: Gateway, piggy: PiggySandbox
) -> None:
    referrals = every_referral(gateway, "coral-avenue")
    best, count = Counter(r["referrer"]["id"] for r in referrals).most_common(1)[0]
    piggy.forget_calls()
    assert len(every_referral(gateway, "coral-avenue", {"referrerId": best})) == count
    assert len(piggy.calls) == 1


def test_a_status_of_two_words_is_found_by_looking_through_the_list(
    gateway: Gateway, piggy: PiggySandbox
) -> None:
    query = """query ($filter: ReferralFilter) { program(key: "coral-avenue") {
        referrals(first: 100, filter: $filter) { nodes { id status providerStatus } } } }"""
    nodes = gateway.data(query, {"filter": {"status": "PENDING"}})["program"]["referrals"]["nodes"]
    assert {node["providerStatus"] for node in nodes} == {"pending", "in_progress"}
    everything = every_referral(gateway, "coral-avenue")
    assert [n["id"] for n in nodes] == [r["id"] for r in everything if r["status"] == "PENDING"]
    assert not any("status" in call.query for call in piggy.calls)
    # The others are a call a page, as the provider itself narrows to them.
    piggy.forget_calls()
    gateway.data(query, {"filter": {"status": "FAILED"}})
    assert [call.query["status"] for call in piggy.calls] == ["failed"]


@pytest.mark.parametrize("interval", ["DAY", "WEEK", "MONTH"])
def test_the_timeline_counts_every_referral_once(gateway: Gateway, interval: str) -> None:
    referrals = every_referral(gateway, "block-haven")
    days = sorted(r["referredAt"][:10] for r in referrals)
    data = gateway.data(
        f"""query ($from: Date, $to: Date) {{
            timeline(from: $from, to: $to, interval: {interval}) {{
              points {{ date referred completed }} {SOURCES} }} }}""",
        {"from": days[0], "to": "2025-12-31"},
    )["timeline"]
    points = data["points"]
    assert sum(point["referred"] for point in points) == len(referrals)
    assert sum(p["completed"] for p in points) == sum(bool(r["firstOrderAt"]) for r in referrals)
    assert points == sorted(points, key=lambda point: str(point["date"]))
    assert points[0]["date"] <= days[0]
    assert [(s["status"], s["isComputed"]) for s in data["sources"]] == [
        ("UNSUPPORTED", False),
        ("FRESH", True),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('from: "2020-01-01", to: "2025-01-01"', "at most 1,000"),
        ('from: "2025-01-02", to: "2025-01-01"', "must not be after"),
        ('timeZone: "Europe/Nowhere"', "no time zone"),
        ('timeZone: "../../etc/passwd"', "no time zone"),
        ('from: "0001-01-01", to: "0001-01-02", interval: WEEK', "between"),
        ('to: "9999-12-31", interval: MONTH', "between"),
        ('to: "0001-01-05"', "between"),
    ],
)
def test_a_timeline_that_makes_no_sense_is_refused(
    gateway: Gateway, arguments: str, words: str
) -> None:
    (error,) = gateway.ask(f"{{ timeline({arguments}) {{ points {{ date }} }} }}").errors
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert words.replace(",", "") in error["message"].replace(",", "")


def test_claims_of_a_tier_and_of_a_person(
    caching_gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    claims = caching_gateway.data(
        """{ claims(first: 100, programs: ["block-haven"]) {
             nodes { id tier { id } claimant { id } } } }"""
    )["claims"]["nodes"]
    tiers = caching_gateway.data(
        """{ program(key: "block-haven") { tiers { nodes { id claimsCount
             claims(first: 100) { totalCount nodes { id }
               sources { isComputed isComplete } } } } } }"""
    )["program"]["tiers"]["nodes"]
    for tier in tiers:
        assert {c["id"] for c in tier["claims"]["nodes"]} == {
            c["id"] for c in claims if c["tier"]["id"] == tier["id"]
        }
        assert tier["claims"]["totalCount"] == tier["claimsCount"]
        assert tier["claims"]["sources"] == [{"isComputed": True, "isComplete": True}]
    claimant = claims[0]["claimant"]["id"]
    pixlpay.forget_calls()
    person = caching_gateway.data(
        "query ($id: ID!) { node(id: $id) { ... on Person { claims { nodes { id } } } } }",
        {"id": claimant},
    )["node"]
    assert {c["id"] for c in person["claims"]["nodes"]} == {
        c["id"] for c in claims if c["claimant"]["id"] == claimant
    }
    assert pixlpay.count("/claims") == 0  # the walk is kept


def test_who_brought_a_person_in(gateway: Gateway, piggy: PiggySandbox) -> None:
    for key in ("coral-avenue", "block-haven"):
        for referral in every_referral(gateway, key)[:3]:
            person = gateway.data(
                """query ($id: ID!) { node(id: $id) { ... on Person {
                     referredBy { id referrer { id } } } } }""",
                {"id": referral["referred"]["id"]},
            )["node"]
            assert person["referredBy"]["id"] == referral["id"]


BROUGHT = """query ($first: Int) { referrals(first: $first) {
  nodes { id referred { referredBy { id } } } } }"""


@pytest.mark.parametrize(
    ("first", "calls"),
    [
        (5, 1 + 5),  # each searched for
        (20, 12),  # the whole list, of which a page is there already
    ],
)
def test_who_brought_several_in_is_told_in_the_fewest_calls(first: int, calls: int) -> None:
    busy = PixlpaySandbox(calls_per_minute=None, referrals=1200)
    with serve_in_thread(busy) as served:
        config = program("busy", "pixlpay", served.origin, busy.token)
        with running_gateway(config, cache=CacheConfig(response_seconds=0)) as gateway:
            nodes = gateway.data(BROUGHT, {"first": first})["referrals"]["nodes"]
            assert [n["referred"]["referredBy"]["id"] for n in nodes] == [n["id"] for n in nodes]
            assert busy.count("/referrals") == len(busy.calls) == calls
            # What was walked once is looked into again.
            gateway.data("{ timeline { points { referred } } }")
            busy.forget_calls()
            gateway.data(BROUGHT, {"first": 5})
            assert busy.calls == []


def test_tier_progress_asks_the_top_referrers_first(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    query = """{ topReferrers(limit: 5, programs: ["block-haven"]) { entries { successfulReferrals
        people { tierProgress { successfulReferrals reached { name referralsRequired }
          next { name referralsRequired } remaining source { isComputed isComplete } } } } } }"""
    entries = gateway.data(query)["topReferrers"]["entries"]
    assert sorted(call.path.rpartition("/")[2] for call in pixlpay.calls) == [
        "tiers",
        "top-referrers",
    ]
    for entry in entries:
        progress = entry["people"][0]["tierProgress"]
        count = progress["successfulReferrals"]
        assert count == entry["successfulReferrals"]
        assert progress["source"] == {"isComputed": True, "isComplete": True}
        if progress["reached"]:
            assert progress["reached"]["referralsRequired"] <= count
        if progress["next"]:
            assert progress["remaining"] == progress["next"]["referralsRequired"] - count


def test_a_report_survives_its_provider(caching_gateway: Gateway, piggy: PiggySandbox) -> None:
    query = (
        f"""{{ program(key: "coral-avenue") {{ statistics {{ totalReferrals {SOURCES} }} }} }}"""
    )
    first = caching_gateway.data(query)["program"]["statistics"]
    assert first["totalReferrals"] == 240
    piggy.faults.add(Fault(kind="status", status=500))
    piggy.forget_calls()
    assert caching_gateway.data(query)["program"]["statistics"] == first
    assert piggy.calls == []


def test_a_report_without_a_single_page_fails_alone(gateway: Gateway, piggy: PiggySandbox) -> None:
    piggy.faults.add(Fault(kind="status", status=500))
    data = gateway.data("{ statistics { totalReferrals sources { status error { code } } } }")
    assert data["statistics"]["totalReferrals"] == 180
    assert data["statistics"]["sources"] == [
        {"status": "FAILED", "error": {"code": "UNAVAILABLE"}},
        {"status": "FRESH", "error": None},
    ]


def test_a_combined_board_over_a_cut_list_says_so() -> None:
    busy = PixlpaySandbox(calls_per_minute=None, referrals=1200)
    query = """query ($combine: Boolean!) { topReferrers(limit: 5, combineByEmail: $combine) {
                 sources { isComplete } } }"""
    with (
        serve_in_thread(busy) as served,
        running_gateway(program("busy", "pixlpay", served.origin, busy.token)) as gateway,
    ):
        told = [
            gateway.data(query, {"combine": combine})["topReferrers"]["sources"]
            for combine in (False, True)
        ]
    assert told == [[{"isComplete": True}], [{"isComplete": False}]]


WALKED = '{ program(key: "block-haven") { timeline { points { referred } } } }'
TOGGLE = "mutation ($id: ID!) { tierToggle(id: $id) { errors { message } } }"
REFUSED = """mutation ($program: ID!) { tierCreate(programId: $program, input: {
  name: "x", referralsRequired: 0, reward: {percent: "1"} }) { errors { message } } }"""


def first_tier(gateway: Gateway) -> str:
    tiers = gateway.data('{ program(key: "block-haven") { tiers { nodes { id } } } }')
    return str(tiers["program"]["tiers"]["nodes"][0]["id"])


def test_a_change_drops_the_walks_of_its_program(
    caching_gateway: Gateway, pixlpay: PixlpaySandbox, piggy: PiggySandbox
) -> None:
    tier = first_tier(caching_gateway)
    caching_gateway.data(WALKED)
    caching_gateway.data("{ statistics { totalReferrals } }")
    caching_gateway.data(TOGGLE, {"id": tier})
    pixlpay.forget_calls()
    piggy.forget_calls()
    caching_gateway.data(WALKED)
    caching_gateway.data("{ statistics { totalReferrals } }")
    assert pixlpay.count("/referrals") == 2
    assert piggy.calls == []


def test_a_change_that_was_refused_drops_nothing(
    caching_gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    first_tier(caching_gateway)
    caching_gateway.data(WALKED)
    store = caching_gateway.data('{ program(key: "block-haven") { id } }')["program"]["id"]
    assert caching_gateway.data(REFUSED, {"program": store})["tierCreate"]["errors"]
    pixlpay.forget_calls()
    caching_gateway.data(WALKED)
    first_tier(caching_gateway)
    assert pixlpay.calls == []
