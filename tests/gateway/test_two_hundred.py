"""Two hundred programs behind one gateway, as an agency has: what an answer costs, and its size."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from gateway.config import LimitsConfig
from tests.gateway.stores import Stores, served_stores
from tests.running import Gateway, running_gateway

PROGRAMS = 200
# A page of a hundred asks for five items of a program at least.
MOST_AT_ONCE = 20
LONGEST_CURSOR = 2000

SOURCES = "sources { program { key } status isComputed isComplete totalCount }"
LIST = f"""
query ($after: String) {{
  page: %s(first: 100, after: $after) {{
    edges {{ cursor node {{ id }} }}
    pageInfo {{ hasNextPage endCursor }}
    {SOURCES}
  }}
}}
"""


def size_of(place: int) -> int:
    """How many referrals a program has: some none, most a few, every nineteenth many."""
    return 130 if place % 19 == 7 else place % 11


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    with served_stores() as stores:
        for place in range(PROGRAMS):
            make = (stores.piggy, stores.pixlpay)[place % 2]
            # Long enough for calls to be in flight together.
            make(f"program-{place}", size_of(place)).latency_seconds = 0.005
        yield stores


@pytest.fixture(scope="module")
def gateway(stores: Stores) -> Iterator[Gateway]:
    # Half of the programs may have to be walked through for their figures.
    demand = LimitsConfig(calls=10_000)
    with running_gateway(*map(stores.program, stores), demand=demand) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def counting(stores: Stores) -> None:
    stores.forget_calls()


def keys(sources: list[Any], *statuses: str) -> set[str]:
    """The programs with one of these statuses."""
    return {source["program"]["key"] for source in sources if source["status"] in statuses}


def walked(gateway: Gateway, stores: Stores, name: str) -> tuple[list[str], list[Any]]:
    """The ids of everything in a merged list, and the sources of its first page; what a page may
    cost is asserted of each."""
    ids: list[str] = []
    first_sources: list[Any] = []
    after = None
    while True:
        stores.forget_calls()
        page = gateway.data(LIST % name, {"after": after})["page"]
        calls = stores.calls()
        assert set(calls.values()) <= {1}
        assert calls.keys() == keys(page["sources"], "FRESH")
        assert stores.most_at_once <= MOST_AT_ONCE
        assert all(len(edge["cursor"]) < LONGEST_CURSOR for edge in page["edges"])
        ids += [edge["node"]["id"] for edge in page["edges"]]
        first_sources = first_sources or page["sources"]
        if not page["pageInfo"]["hasNextPage"]:
            return ids, first_sources
        after = page["pageInfo"]["endCursor"]
        assert len(page["edges"]) == 100


def test_every_program_is_listed_in_the_order_of_the_configuration(
    gateway: Gateway, stores: Stores
) -> None:
    programs = gateway.data("{ programs { key health { status } } }")["programs"]
    assert [program["key"] for program in programs] == list(stores)
    assert stores.calls() == {}


def test_a_page_of_referrals_costs_a_call_for_each_program_on_it(
    gateway: Gateway, stores: Stores
) -> None:
    ids, sources = walked(gateway, stores, "referrals")
    assert len(ids) == len(set(ids)) == sum(map(size_of, range(PROGRAMS)))
    asked, not_asked = keys(sources, "FRESH"), keys(sources, "NOT_ASKED")
    assert asked | not_asked == set(stores)
    assert len(asked) <= 2 * MOST_AT_ONCE


def test_a_page_of_claims_costs_a_call_for_each_program_on_it(
    gateway: Gateway, stores: Stores
) -> None:
    ids, sources = walked(gateway, stores, "claims")
    assert len(ids) == len(set(ids)) > 100
    assert keys(sources, "UNSUPPORTED") == set(list(stores)[::2])


def test_a_total_asks_each_program_once(gateway: Gateway, stores: Stores) -> None:
    page = gateway.data(f"{{ referrals(first: 1) {{ totalCount {SOURCES} }} }}")["referrals"]
    assert page["totalCount"] is None  # Piggy has no totals
    assert stores.calls() == dict.fromkeys(stores, 1)
    totals = [source["totalCount"] for source in page["sources"]]
    assert totals[1::2] == [size_of(place) for place in range(1, PROGRAMS, 2)]


def test_statistics_add_up_every_program(gateway: Gateway, stores: Stores) -> None:
    query = f"{{ statistics {{ totalReferrals usedCouponsValue {{ amount }} {SOURCES} }} }}"
    statistics = gateway.data(query)["statistics"]
    assert statistics["totalReferrals"] == sum(map(size_of, range(PROGRAMS)))
    assert len(statistics["usedCouponsValue"]) == PROGRAMS // 2  # of unknown currency: apart
    told = Counter((s["status"], s["isComputed"], s["isComplete"]) for s in statistics["sources"])
    assert told == {("FRESH", True, True): PROGRAMS // 2, ("FRESH", False, True): PROGRAMS // 2}
    # Piggy's are counted on the pages of its list.
    is_long = [place % 2 == 0 and size_of(place) > 100 for place in range(PROGRAMS)]
    assert stores.calls() == {
        key: 2 if long else 1 for key, long in zip(stores, is_long, strict=True)
    }


def test_one_that_fails_leaves_the_others(gateway: Gateway, stores: Stores) -> None:
    failing = list(stores)[101]
    stores[failing].faults.add(Fault("drop"))
    tiers = gateway.data(f"{{ tiers {{ nodes {{ id }} {SOURCES} }} }}")["tiers"]
    stores[failing].faults.clear()
    assert keys(tiers["sources"], "FAILED") == {failing}
    assert keys(tiers["sources"], "FRESH") == set(stores) - {failing}
    assert len(tiers["nodes"]) == 3 * PROGRAMS // 2 + 4 * (PROGRAMS // 2 - 1)
