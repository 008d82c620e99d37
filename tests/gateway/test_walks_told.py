"""What a walk could not see is told: pages that are old, rows that never came."""

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters.contract.connecting import STEADY
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, ReportsConfig
from tests.running import Gateway, running_gateway

# Whatever is read is old at the next look, and so is a walk.
OLD_AT_ONCE = CacheConfig(fresh_seconds=1e-9, response_seconds=0)
WALKED_ANEW = ReportsConfig(fresh_seconds=1e-9)

STATISTICS = """{ program(key: "coral-avenue") { statistics {
    totalReferrals sources { status isComplete fetchedAt error { code } } } } }"""
FIRST_PAGE = """{ program(key: "coral-avenue") { referrals(first: 1) {
    nodes { id } sources { status } } } }"""


def statistics(gateway: Gateway) -> tuple[int | None, dict[str, Any]]:
    """How many there are, and the source."""
    told = gateway.data(STATISTICS)["program"]["statistics"]
    (source,) = told["sources"]
    return told["totalReferrals"], source


def test_figures_out_of_pages_that_could_not_be_renewed_are_stale(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox
) -> None:
    with running_gateway(*programs, cache=OLD_AT_ONCE, reports=WALKED_ANEW) as gateway:
        total, source = statistics(gateway)
        assert (total, source["status"], source["error"]) == (240, "FRESH", None)
        before = source["fetchedAt"]
        piggy.faults.add(Fault("status", status=503))
        for _ in range(3):
            total, source = statistics(gateway)
            assert (total, source["status"], source["fetchedAt"]) == (240, "STALE", before)
        assert source["error"] == {"code": "UNAVAILABLE"}


def test_figures_of_a_provider_that_came_back_are_read_anew(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox
) -> None:
    # A walk is good for long, but not one out of old pages.
    limits = replace(STEADY, failed=0.0)
    with running_gateway(*programs, cache=OLD_AT_ONCE, limits=limits) as gateway:
        gateway.data(FIRST_PAGE)
        piggy.faults.add(Fault("status", status=503, path="/referrals"))
        _, source = statistics(gateway)
        assert (source["status"], source["isComplete"]) == ("STALE", False)
        assert source["error"] == {"code": "UNAVAILABLE"}
        piggy.faults.clear()
        total, source = statistics(gateway)
        assert (total, source["status"], source["isComplete"]) == (240, "FRESH", True)
        assert source["error"] is None


def test_figures_are_as_old_as_their_oldest_page(caching_gateway: Gateway) -> None:
    query = """query ($after: String) { program(key: "coral-avenue") {
        referrals(first: 100, after: $after) {
            pageInfo { endCursor } sources { fetchedAt } } } }"""
    ages: list[str] = []
    for headers in ({}, {"Cache-Control": "no-cache"}):
        first = caching_gateway.ask(query, {"after": None}, headers).data["program"]["referrals"]
        ages.append(first["sources"][0]["fetchedAt"])
        caching_gateway.data(query, {"after": first["pageInfo"]["endCursor"]})
    _, source = statistics(caching_gateway)
    assert ages[0] < source["fetchedAt"] < ages[1]


def test_a_list_that_ends_short_of_its_total_is_not_complete(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    rows = [
        {"id": n, "name": "x", "referred_at": "2026-01-01T00:00:00Z", "status": "pending"}
        for n in range(1, 101)
    ]
    for found in (rows, []):
        meta = {"current_page": 1, "last_page": 3, "per_page": 100, "total": 300}
        body = json.dumps({"success": True, "data": found, "meta": meta})
        pixlpay.faults.add(Fault("wrong_shape", path="/referrals", body=body, times=1))
    query = """{ program(key: "block-haven") {
        referrals(first: 1, filter: {referredFrom: "2026-01-01"}) {
            totalCount sources { isComplete totalCount } }
        timeline(from: "2026-01-01", to: "2026-01-01") {
            points { referred } sources { isComplete } } } }"""
    program = gateway.data(query)["program"]
    assert program["timeline"] == {
        "points": [{"referred": 100}],
        "sources": [{"isComplete": False}],
    }
    assert program["referrals"]["totalCount"] is None
    assert program["referrals"]["sources"] == [{"isComplete": False, "totalCount": None}]


def test_a_list_and_a_walk_in_one_request_read_a_page_once(
    caching_gateway: Gateway, piggy: PiggySandbox
) -> None:
    caching_gateway.data("""{ program(key: "coral-avenue") {
        statistics { totalReferrals } referrals { nodes { id } } } }""")
    assert piggy.count("/referrals") == len(piggy.calls) == 3  # 240 referrals


def test_where_nothing_is_kept_a_list_ends_where_a_request_pays_for_no_more(
    programs: tuple[ProgramConfig, ...],
) -> None:
    query = """query ($after: String) { program(key: "coral-avenue") {
        referrals(first: 100, after: $after, filter: {status: PENDING}) {
            nodes { id } pageInfo { hasNextPage endCursor } sources { isComplete } } } }"""
    with running_gateway(*programs, reports=ReportsConfig(walk_pages=1)) as gateway:
        page = gateway.data(query)["program"]["referrals"]
    assert page["nodes"]
    assert page["pageInfo"]["hasNextPage"] is False
    assert page["sources"] == [{"isComplete": False}]


DATED = """query ($zone: String!) { program(key: "block-haven") {
    timeline(from: "2026-01-01", to: "2026-01-02", timeZone: $zone) {
        points { referred completed } sources { isComplete } }
    referrals(filter: {referredFrom: "2026-01-01"}) {
        totalCount nodes { providerId } sources { isComplete } }
    all: referrals { sources { isComplete } } } }"""


def dated(gateway: Gateway, pixlpay: PixlpaySandbox, *rows: dict[str, Any]) -> Any:
    """What is told by day of referrals that are like this."""
    data = [{"id": n, "name": "x", "status": "pending", **row} for n, row in enumerate(rows, 1)]
    meta = {"current_page": 1, "last_page": 1, "per_page": 100, "total": len(data)}
    body = json.dumps({"success": True, "data": data, "meta": meta})
    pixlpay.faults.add(Fault("wrong_shape", path="/referrals", body=body))
    return gateway.data(DATED, {"zone": "UTC"})["program"]


@pytest.mark.parametrize("undated", [{}, {"referred_at": None}, {"referred_at": "0000-00-00"}])
def test_referrals_without_a_day_are_missed_and_that_is_told(
    gateway: Gateway, pixlpay: PixlpaySandbox, undated: dict[str, Any]
) -> None:
    told = dated(gateway, pixlpay, {"referred_at": "2026-01-01T12:00:00Z"}, undated)
    assert told["timeline"]["points"][0]["referred"] == 1
    assert told["timeline"]["sources"] == [{"isComplete": False}]
    assert [node["providerId"] for node in told["referrals"]["nodes"]] == ["1"]
    assert told["referrals"]["totalCount"] is None
    assert told["referrals"]["sources"] == [{"isComplete": False}]
    assert told["all"]["sources"] == [{"isComplete": True}]


def test_a_timeline_counts_as_completed_what_has_that_status(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    made, ordered = "2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z"
    told = dated(
        gateway,
        pixlpay,
        {"referred_at": made, "first_order_at": ordered, "status": "successful"},
        {"referred_at": made, "first_order_at": ordered, "status": "refunded"},
    )
    assert told["timeline"]["points"] == [
        {"referred": 2, "completed": 0},
        {"referred": 0, "completed": 1},
    ]
    assert told["timeline"]["sources"] == [{"isComplete": True}]


def test_completed_referrals_without_a_day_are_missed_too(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    row = {"referred_at": "2026-01-01T12:00:00Z", "status": "successful", "first_order_at": None}
    told = dated(gateway, pixlpay, row)
    assert told["timeline"]["points"][0] == {"referred": 1, "completed": 0}
    assert told["timeline"]["sources"] == [{"isComplete": False}]
    assert told["referrals"]["sources"] == [{"isComplete": True}]
