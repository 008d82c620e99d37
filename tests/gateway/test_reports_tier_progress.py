"""How far somebody is from the next tier, also when a hundred others referred more."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters._sandbox.serving import Served, serve_in_thread
from adapters.errors import Unavailable
from adapters.model import Tier, TierKind
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig, Provider, Reading
from gateway.config import ReportsConfig
from gateway.merge import SourceReport, SourceStatus
from gateway.programs import Program
from gateway.reports.computed import together
from gateway.reports.tier_progress import TierProgress, progress
from tests.gateway.upstream import told
from tests.running import Gateway, program, running_gateway

PROGRESS = """query ($id: ID!) { node(id: $id) { ... on Person {
  tierProgress { successfulReferrals remaining source { isComputed isComplete } } } } }"""


@pytest.fixture(scope="module")
def busy() -> PixlpaySandbox:
    """A store with more referrers than its list of top referrers can hold."""
    return PixlpaySandbox(referrals=1200, calls_per_minute=None)


@pytest.fixture(scope="module")
def served(busy: PixlpaySandbox) -> Iterator[Served]:
    with serve_in_thread(busy) as served:
        yield served


@pytest.fixture(scope="module")
def successes(busy: PixlpaySandbox, served: Served) -> Counter[str]:
    """The successful referrals of everybody who referred, by the vendor's rows."""
    found: Counter[str] = Counter()
    for page in range(1, 13):
        for row in told(served, busy, f"/referrals?per_page=100&page={page}"):
            found[str(row["referrer"]["id"])] += row["status"] == "successful"
    return found


@pytest.fixture(scope="module")
def top(busy: PixlpaySandbox, served: Served) -> set[str]:
    """Who is in the vendor's own list."""
    return {str(row["id"]) for row in told(served, busy, "/referrals/top-referrers?limit=100")}


@pytest.fixture
def store(busy: PixlpaySandbox, served: Served) -> Iterator[Gateway]:
    with running_gateway(program("busy", "pixlpay", served.origin, busy.token)) as gateway:
        busy.forget_calls()
        yield gateway


def person_ids(gateway: Gateway) -> dict[str, str]:
    """The ids of the referrers of the first page, and of those they referred."""
    nodes = gateway.data("""{ referrals(first: 100) { nodes {
        referrer { id providerId } referred { id providerId } } } }""")["referrals"]["nodes"]
    people = [person for node in nodes for person in node.values()]
    return {person["providerId"]: person["id"] for person in people}


def progress_of(gateway: Gateway, id_: str) -> Any:
    return gateway.data(PROGRESS, {"id": id_})["node"]["tierProgress"]


def test_whoever_is_beyond_the_top_hundred_is_counted_by_a_walk(
    store: Gateway, busy: PixlpaySandbox, successes: Counter[str], top: set[str]
) -> None:
    ids = person_ids(store)
    beyond = next(key for key in ids if successes[key] and key not in top)
    busy.forget_calls()
    found = progress_of(store, ids[beyond])
    assert found["successfulReferrals"] == successes[beyond]
    assert found["source"] == {"isComputed": True, "isComplete": True}
    assert {path: busy.count(path) for path in ("/tiers", "/top-referrers")} == {
        "/tiers": 1,
        "/top-referrers": 1,
    }
    assert busy.count("/referrals") == 12


def test_whoever_is_in_the_list_costs_no_walk(
    store: Gateway, busy: PixlpaySandbox, successes: Counter[str], top: set[str]
) -> None:
    ids = person_ids(store)
    listed = next(key for key in ids if key in top)
    busy.forget_calls()
    assert progress_of(store, ids[listed])["successfulReferrals"] == successes[listed]
    assert (busy.count("/top-referrers"), busy.count("/referrals")) == (1, 0)


def test_whoever_referred_nobody_has_the_whole_way_to_go(
    store: Gateway, successes: Counter[str]
) -> None:
    ids = person_ids(store)
    nobody = next(key for key in ids if key not in successes)
    found = progress_of(store, ids[nobody])
    assert (found["successfulReferrals"], found["remaining"]) == (0, 1)


def test_a_walk_that_was_cut_short_leaves_it_incomplete(
    busy: PixlpaySandbox, served: Served, top: set[str]
) -> None:
    config = program("busy", "pixlpay", served.origin, busy.token)
    with running_gateway(config, reports=ReportsConfig(walk_pages=2)) as gateway:
        ids = person_ids(gateway)
        busy.forget_calls()
        found = progress_of(gateway, ids[next(key for key in ids if key not in top)])
    assert found["source"] == {"isComputed": True, "isComplete": False}
    assert busy.count("/referrals") == 2


class Shop(Provider):
    """A provider that is never asked."""

    key = "shop"


SHOP = Program.of(Shop(ProgramConfig(key="p", name="P", provider="shop", base_url="")))
SOURCE = SourceReport(SHOP, SourceStatus.FRESH)


def tier(
    name: str,
    required: int | None,
    *,
    kind: TierKind = TierKind.REFERRAL_REWARD,
    is_active: bool = True,
    position: int | None = None,
) -> Tier:
    return Tier(
        program_key="p",
        provider_id=name,
        kind=kind,
        name=name,
        referrals_required=required,
        is_active=is_active,
        position=position,
    )


BRONZE, SILVER, GOLD = tier("bronze", 5), tier("silver", 10), tier("gold", 25)


def stood(found: TierProgress) -> tuple[str | None, str | None, int | None]:
    return (
        found.reached.name if found.reached else None,
        found.next.name if found.next else None,
        found.remaining,
    )


@pytest.mark.parametrize(
    ("successful", "expected"),
    [
        (0, (None, "bronze", 5)),
        (4, (None, "bronze", 1)),
        (5, ("bronze", "silver", 5)),
        (9, ("bronze", "silver", 1)),
        (10, ("silver", "gold", 15)),
        (25, ("gold", None, None)),
        (99, ("gold", None, None)),
    ],
)
def test_a_tier_is_reached_with_the_last_referral_it_asks_for(
    successful: int, expected: tuple[str | None, str | None, int | None]
) -> None:
    # As they come: no order is promised.
    found = progress(successful, [GOLD, BRONZE, SILVER], SOURCE)
    assert stood(found) == expected
    assert (found.successful_referrals, found.source) == (successful, SOURCE)


def test_tiers_that_referrals_do_not_earn_are_passed_over() -> None:
    others = [
        tier("asleep", 6, is_active=False),
        tier("rank", 7, kind=TierKind.STATUS),
        tier("free", None),
    ]
    assert stood(progress(5, [*others, BRONZE, SILVER], SOURCE)) == ("bronze", "silver", 5)
    assert stood(progress(5, others, SOURCE)) == (None, None, None)
    assert stood(progress(5, [], SOURCE)) == (None, None, None)


def test_of_tiers_that_ask_for_as_much_the_later_position_is_reached() -> None:
    twins = [tier("second", 5, position=2), tier("first", 5, position=1)]
    assert stood(progress(5, twins, SOURCE)) == ("second", None, None)
    assert stood(progress(4, twins, SOURCE)) == (None, "first", 1)


def test_what_is_worked_out_of_several_readings_is_as_bad_as_the_worst() -> None:
    old = datetime(2025, 1, 1, tzinfo=UTC)
    new = old + timedelta(minutes=1)
    good = Reading("a", new)
    failure = Unavailable(program_key="p", provider_key="shop").report
    stale = Reading("b", old, is_stale=True, failure=failure)

    cut = Reading("c", new, is_complete=False)
    assert together(good, Reading("d", None)) == Reading(None, new, is_computed=True)
    assert together(good, stale) == Reading(
        None, old, is_stale=True, failure=failure, is_computed=True
    )
    assert together(cut, good) == Reading(None, new, is_computed=True, is_complete=False)
    assert together() == Reading(None, None, is_computed=True)
