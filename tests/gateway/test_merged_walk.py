"""Several programs of both providers paged through as one list over real HTTP: every item once.

Of the random sizes, page lengths and failures nothing may be seen in what a walk yields. What it
must yield is read from the vendors themselves, the way each of them pages.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters._sandbox.faults import Fault
from tests.gateway.stores import Stores, served_stores
from tests.running import NO_TLS, Gateway, running_gateway
from tests.sandboxes.paging import every_piggy_page, every_pixlpay_page

KEYS = ("coral", "kelp", "reef", "block", "realm")
PIGGY = frozenset({"coral", "kelp", "reef"})
MOST_PAGES = 200
# By status, the words that Piggy and Pixlpay have for it.
WORDS = {
    "PENDING": ({"pending", "in_progress"}, {"pending"}),
    "COMPLETED": ({"completed"}, {"successful"}),
    "FAILED": ({"failed"}, set()),
}

REFERRALS = """
query ($first: Int, $after: String, $filter: ReferralFilter, $programs: [String!]) {
  page: referrals(first: $first, after: $after, filter: $filter, programs: $programs) {
    nodes { id providerId program { key } }
    pageInfo { hasNextPage endCursor }
    sources { program { key } status }
  }
}
"""
CLAIMS = """
query ($first: Int, $after: String, $programs: [String!]) {
  page: claims(first: $first, after: $after, programs: $programs) {
    nodes { id providerId program { key } }
    pageInfo { hasNextPage endCursor }
    sources { program { key } status }
  }
}
"""


FAULTS = st.builds(
    Fault, st.sampled_from(["status", "drop", "html", "truncated_json", "wrong_shape"])
)


@dataclass(frozen=True)
class Plan:
    """A walk: the programs with how many referrals each has, how long the pages are (over and
    over), and who fails how on the first of them."""

    sizes: dict[str, int]
    lengths: list[int]
    failures: list[tuple[str, Fault] | None]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=2, unique=True))
    size = st.sampled_from(range(261)) | st.sampled_from([0, 1, 99, 100, 101, 200])
    lengths = draw(st.lists(st.sampled_from(range(1, 101)), min_size=1, max_size=4))
    failures = st.none() | st.tuples(st.sampled_from(keys), FAULTS)
    return Plan(
        {key: draw(size) for key in keys},
        # The last one keeps a walk from taking forever.
        [*lengths, draw(st.sampled_from(range(40, 101)))],
        draw(st.lists(failures, max_size=8)),
    )


@dataclass(frozen=True)
class World:
    """A gateway over every store."""

    gateway: Gateway
    stores: Stores
    vendor: httpx.Client

    def reopen(self, sizes: dict[str, int]) -> None:
        """Replaces the stores of these programs by others of these sizes."""
        for key, size in sizes.items():
            if key in PIGGY:
                self.stores.piggy(key, size)
            else:
                self.stores.pixlpay(key, size)

    def ids(self, key: str, status: str | None = None) -> list[str]:
        """The referrals of a program in the order in which its vendor lists them."""
        self.vendor.headers["authorization"] = f"Bearer {key}"
        is_piggy = key in PIGGY
        if is_piggy:
            rows = every_piggy_page(self.vendor, "/api/v3/oauth/clients/referrals")
        else:
            rows = every_pixlpay_page(self.vendor, "/api/external/v1/referrals")
        words = WORDS[status][not is_piggy] if status else None
        return [
            str(row["uuid" if is_piggy else "id"])
            for row in rows
            if words is None or row["status"] in words
        ]

    def claim_ids(self, key: str) -> list[str]:
        """The claims of a program as its vendor lists them."""
        if key in PIGGY:
            return []
        self.vendor.headers["authorization"] = f"Bearer {key}"
        path = "/api/external/v1/referrals/claims"
        return [str(row["id"]) for row in every_pixlpay_page(self.vendor, path)]

    def walked(self, query: str, plan: Plan, **variables: Any) -> dict[str, list[str]]:
        """What a walk yields of each program, in order, by the provider's own ids."""
        by_program: defaultdict[str, list[str]] = defaultdict(list)
        seen: set[str] = set()
        variables |= {"programs": list(plan.sizes), "after": None}
        for number in range(MOST_PAGES):
            variables["first"] = plan.lengths[number % len(plan.lengths)]
            page = self._page(query, variables, plan.failures[number : number + 1])
            assert len(page["nodes"]) <= variables["first"]
            for node in page["nodes"]:
                assert node["id"] not in seen
                seen.add(node["id"])
                by_program[node["program"]["key"]].append(node["providerId"])
            if not page["pageInfo"]["hasNextPage"]:
                return dict(by_program)
            variables["after"] = page["pageInfo"]["endCursor"]
        raise AssertionError("the walk does not end")

    def _page(
        self, query: str, variables: dict[str, Any], failures: list[tuple[str, Fault] | None]
    ) -> Any:
        """A page on which nobody fails but who shall."""
        failing = {failure[0]: failure[1] for failure in failures if failure}
        for key, fault in failing.items():
            self.stores[key].faults.add(fault)
        try:
            page = self.gateway.data(query, variables)["page"]
        finally:
            for key in failing:
                self.stores[key].faults.clear()
        failed = {s["program"]["key"] for s in page["sources"] if s["status"] == "FAILED"}
        assert failed <= failing.keys()
        return page


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with served_stores() as stores:
        for key in KEYS:
            if key in PIGGY:
                stores.piggy(key)
            else:
                stores.pixlpay(key)
        with (
            running_gateway(*map(stores.program, KEYS)) as gateway,
            httpx.Client(base_url=stores.origin, verify=NO_TLS, trust_env=False) as vendor,
        ):
            yield World(gateway, stores, vendor)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(plans(), st.sampled_from([None, None, *WORDS]))
def test_a_walk_yields_every_referral_once(world: World, plan: Plan, status: str | None) -> None:
    world.reopen(plan.sizes)
    expected = {key: world.ids(key, status) for key in plan.sizes}
    found = world.walked(REFERRALS, plan, filter={"status": status})
    assert found == {key: ids for key, ids in expected.items() if ids}


@settings(derandomize=True, deadline=None, max_examples=40)
@given(plans())
def test_a_walk_yields_every_claim_once(world: World, plan: Plan) -> None:
    # A page of claims is full where a few hundred people referred others.
    world.reopen({key: 5 * size for key, size in plan.sizes.items()})
    expected = {key: world.claim_ids(key) for key in plan.sizes}
    found = world.walked(CLAIMS, plan)
    assert found == {key: ids for key, ids in expected.items() if ids}
