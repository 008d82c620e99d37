"""Figures, boards and code checks as Pixlpay gives them, over several stores."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served, serve_in_thread
from adapters.model import Person, ReferrerRecord
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.reports.boards import rank_records
from tests.gateway.upstream import told
from tests.running import Gateway, program, running_gateway

STATISTICS = """
query ($programs: [String!]) {
  statistics(programs: $programs) {
    totalReferrals successfulReferrals pendingReferrals failedReferrals
    conversionPercent rewardsClaimed usedCouponsValue { amount currency }
    sources { program { key } status isComputed isComplete }
  }
}
"""


class Stores:
    """Two stores of different size, the larger twice; `gateway` has them as programs."""

    def __init__(self, stack: ExitStack) -> None:
        self.small = PixlpaySandbox(referrals=40, calls_per_minute=None)
        self.large = PixlpaySandbox(referrals=150, calls_per_minute=None)
        self.served_small = stack.enter_context(serve_in_thread(self.small))
        self.served_large = stack.enter_context(serve_in_thread(self.large))

    def told(self, target: str) -> tuple[Any, Any]:
        """What the small one and the large one say themselves."""
        small = told(self.served_small, self.small, target)
        return small, told(self.served_large, self.large, target)


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    with ExitStack() as stack:
        yield Stores(stack)


@pytest.fixture(scope="module")
def shops(stores: Stores) -> Iterator[Gateway]:
    def store(key: str, served: Served, currency: str | None) -> Any:
        return program(key, "pixlpay", served.origin, PixlpaySandbox().token, currency=currency)

    with running_gateway(
        store("small-usd", stores.served_small, "USD"),
        store("large-usd", stores.served_large, "USD"),
        store("large-eur", stores.served_large, "EUR"),
        store("small", stores.served_small, None),
        store("large", stores.served_large, None),
    ) as gateway:
        yield gateway


def ranks(counts: Sequence[int]) -> list[int]:
    """Places from 1, equal counts sharing the first of theirs."""
    return [1 + sum(other > count for other in counts) for count in counts]


def test_one_programs_figures_are_the_providers_own(shops: Gateway, stores: Stores) -> None:
    small, _ = stores.told("/referrals/statistics")
    assert shops.data(STATISTICS, {"programs": ["small-usd"]})["statistics"] == {
        "totalReferrals": small["total_referrals"],
        "successfulReferrals": small["successful_referrals"],
        "pendingReferrals": small["total_referrals"] - small["successful_referrals"],
        "failedReferrals": None,
        "conversionPercent": small["conversion_rate"],
        "rewardsClaimed": small["rewards_claimed"],
        "usedCouponsValue": [{"amount": f"{small['total_coupons_value']:.2f}", "currency": "USD"}],
        "sources": [
            {
                "program": {"key": "small-usd"},
                "status": "FRESH",
                "isComputed": False,
                "isComplete": True,
            }
        ],
    }


def test_a_figure_too_large_for_an_int_is_not_told(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    body = '{"success": true, "data": {"total_referrals": 2147483648, "rewards_claimed": 7}}'
    pixlpay.faults.add(Fault("wrong_shape", path="/statistics", body=body))
    figures = gateway.data(STATISTICS, {"programs": ["block-haven"]})["statistics"]
    assert (figures["totalReferrals"], figures["rewardsClaimed"]) == (None, 7)


def test_figures_are_added_and_the_percentage_is_worked_out_from_the_sums(
    shops: Gateway, stores: Stores
) -> None:
    small, large = stores.told("/referrals/statistics")
    figures = shops.data(STATISTICS, {"programs": ["small", "large"]})["statistics"]
    total = small["total_referrals"] + large["total_referrals"]
    successful = small["successful_referrals"] + large["successful_referrals"]
    assert figures["totalReferrals"] == total
    assert figures["successfulReferrals"] == successful
    assert figures["pendingReferrals"] == total - successful
    assert figures["rewardsClaimed"] == small["rewards_claimed"] + large["rewards_claimed"]
    assert figures["conversionPercent"] == round(100 * successful / total, 2)
    average = (small["conversion_rate"] + large["conversion_rate"]) / 2
    assert figures["conversionPercent"] != pytest.approx(average, abs=0.1)


def test_amounts_are_added_within_a_currency_and_unknown_ones_stand_alone(
    shops: Gateway, stores: Stores
) -> None:
    small, large = (
        Decimal(f"{figures['total_coupons_value']:.2f}")
        for figures in stores.told("/referrals/statistics")
    )
    amounts = shops.data(STATISTICS)["statistics"]["usedCouponsValue"]
    assert amounts == [
        {"amount": str(small + large), "currency": "USD"},
        {"amount": str(large), "currency": "EUR"},
        {"amount": str(small), "currency": None},
        {"amount": str(large), "currency": None},
    ]


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_a_board_over_stores_ranks_anew_and_equal_counts_share_a_place(
    shops: Gateway, stores: Stores, limit: int
) -> None:
    query = """query ($limit: Int!) { leaderboard(limit: $limit, programs: ["small", "large"]) {
        entries { rank referralCount person { providerId name program { key } } } } }"""
    entries = shops.data(query, {"limit": limit})["leaderboard"]["entries"]
    rows = [
        {
            "referralCount": row["referral_count"],
            "person": {
                "providerId": str(row["id"]),
                "name": row["name"],
                "program": {"key": key},
            },
        }
        for key, board in zip(
            ("small", "large"), stores.told("/referrals/leaderboard?limit=100"), strict=True
        )
        for row in board
    ]
    rows.sort(key=lambda row: row["referralCount"], reverse=True)
    places = ranks([row["referralCount"] for row in rows])
    ranked = [{"rank": rank, **row} for rank, row in zip(places, rows, strict=True)]
    assert entries == ranked[:limit]
    assert len(set(places)) < len(places)


def test_equal_referrers_of_two_stores_share_every_place(shops: Gateway) -> None:
    query = """{ topReferrers(limit: 10, programs: ["large-eur", "large"]) {
        entries { rank successfulReferrals people { program { key } } } } }"""
    entries = shops.data(query)["topReferrers"]["entries"]
    assert [entry["rank"] for entry in entries][:4] == [1, 1, 3, 3]
    counts = [entry["successfulReferrals"] for entry in entries]
    assert [entry["rank"] for entry in entries] == ranks(counts)
    assert all(len(entry["people"]) == 1 for entry in entries)


def test_people_with_one_address_count_as_one_when_combined(shops: Gateway, stores: Stores) -> None:
    query = """{ topReferrers(limit: 100, combineByEmail: true, programs: ["small", "large"]) {
        entries {
          rank totalReferrals successfulReferrals rewardsClaimed
          people { email program { key } }
        }
        sources { status isComplete } } }"""
    board = shops.data(query)["topReferrers"]
    by_email: dict[str, list[dict[str, Any]]] = {}
    for rows in stores.told("/referrals/top-referrers?limit=100"):
        for row in rows:
            by_email.setdefault(row["email"], []).append(row)
    for entry in board["entries"]:
        emails = {person["email"] for person in entry["people"]}
        rows = by_email.pop(emails.pop())
        assert not emails
        assert len(rows) == len(entry["people"])
        for name, field in (
            ("totalReferrals", "total_referrals"),
            ("successfulReferrals", "successful_referrals"),
            ("rewardsClaimed", "rewards_claimed"),
        ):
            assert entry[name] == sum(row[field] for row in rows)
    assert not by_email
    successes = [entry["successfulReferrals"] for entry in board["entries"]]
    assert successes == sorted(successes, reverse=True)
    assert [entry["rank"] for entry in board["entries"]] == ranks(successes)
    assert max(len(entry["people"]) for entry in board["entries"]) == 2
    assert board["sources"] == 2 * [{"status": "FRESH", "isComplete": True}]


def test_addresses_are_combined_in_any_letter_case_and_nobody_without_one() -> None:
    def record(program_key: str, email: str | None) -> ReferrerRecord:
        someone = Person(program_key=program_key, provider_id="1", email=email)
        return ReferrerRecord(
            person=someone, total_referrals=3, successful_referrals=2, rewards_claimed=None
        )

    ranked = rank_records(
        [
            (record("a", "Strasse@Example.com"), record("b", None)),
            (record("c", " straße@example.COM"), record("d", None)),
        ],
        10,
        combine_by_email=True,
    )
    assert [[person.program_key for person in entry.people] for entry in ranked] == [
        ["a", "c"],
        ["b"],
        ["d"],
    ]
    assert [(entry.rank, entry.total_referrals, entry.rewards_claimed) for entry in ranked] == [
        (1, 6, None),
        (2, 3, None),
        (2, 3, None),
    ]


@pytest.mark.parametrize("field", ["leaderboard", "topReferrers"])
@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_board_has_1_to_100_places(shops: Gateway, field: str, limit: int) -> None:
    answer = shops.ask(f"{{ {field}(limit: {limit}) {{ entries {{ rank }} }} }}")
    (error,) = answer.errors
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "between 1 and 100" in error["message"]


@pytest.mark.parametrize("count", ["3000000000", '"many"', "null"])
@pytest.mark.parametrize("field", ["referral_count", "total_referrals", "successful_referrals"])
def test_a_count_that_cannot_be_read_is_no_nought(
    gateway: Gateway, pixlpay: PixlpaySandbox, field: str, count: str
) -> None:
    told = dict.fromkeys(("referral_count", "total_referrals", "successful_referrals"), "7")
    counts = ", ".join(f'"{name}": {value}' for name, value in (told | {field: count}).items())
    body = f'{{"success": true, "data": [{{"id": 1, "name": "x", {counts}}}]}}'
    for path in ("/leaderboard", "/top-referrers"):
        pixlpay.faults.add(Fault("wrong_shape", path=path, body=body))
    boards = gateway.data("""{ program(key: "block-haven") {
        leaderboard { entries { referralCount } sources { status error { code } } }
        topReferrers { entries { totalReferrals successfulReferrals }
                       sources { status error { code } } } } }""")["program"]
    board = boards["leaderboard" if field == "referral_count" else "topReferrers"]
    failed = {"status": "FAILED", "error": {"code": "MALFORMED_RESPONSE"}}
    assert board == {"entries": [], "sources": [failed]}
