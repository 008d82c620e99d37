"""The cache as callers see it."""

import pytest

from adapters._sandbox.serving import Served
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig
from tests.gateway.test_done_when import QUERY
from tests.running import Gateway, running_gateway

SOURCES = "{ tiers { nodes { name } sources { status fetchedAt error { code } } } }"


def test_the_second_time_costs_no_call(
    caching_gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    first = caching_gateway.data(QUERY)
    piggy.forget_calls()
    pixlpay.forget_calls()
    assert caching_gateway.data(QUERY) == first
    assert (piggy.calls, pixlpay.calls) == ([], [])


def test_fresh_data_can_be_demanded(caching_gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    caching_gateway.data(SOURCES)
    pixlpay.forget_calls()
    caching_gateway.ask(SOURCES, headers={"Cache-Control": "no-cache"})
    assert pixlpay.count("/tiers") == 1


@pytest.mark.parametrize(
    ("told", "calls"), [("No-Cache", 1), ("max-age=0, no-cache", 1), ("no-cached", 0)]
)
def test_fresh_data_is_demanded_by_a_directive_in_whatever_case(
    caching_gateway: Gateway, pixlpay: PixlpaySandbox, told: str, calls: int
) -> None:
    caching_gateway.data(SOURCES)
    pixlpay.forget_calls()
    caching_gateway.ask(SOURCES, headers={"Cache-Control": told})
    assert pixlpay.count("/tiers") == calls


def test_a_code_is_checked_anew_each_time(
    caching_gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    for _ in range(2):
        caching_gateway.data('{ codeValidations(code: "ABC12345") { nodes { isValid } } }')
    assert pixlpay.count("/validate") == 2


def test_a_change_is_seen_at_once(caching_gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    query = '{ program(key: "block-haven") { tiers { nodes { id name isActive } } } }'
    tiers = caching_gateway.data(query)["program"]["tiers"]["nodes"]
    caching_gateway.data(
        "mutation ($id: ID!) { tierToggle(id: $id) { tier { id } } }", {"id": tiers[0]["id"]}
    )
    after = caching_gateway.data(query)["program"]["tiers"]["nodes"]
    assert after[0]["isActive"] is not tiers[0]["isActive"]
    assert pixlpay.count("/tiers") == 2  # read, and read again after the change


def test_a_provider_that_stopped_is_covered_and_the_age_told(
    programs: tuple[ProgramConfig, ...], served_pixlpay: Served
) -> None:
    # Everything is old at once, and is renewed behind the answer.
    with running_gateway(*programs, cache=CacheConfig(fresh_seconds=1e-9)) as gateway:
        before = gateway.data(SOURCES)["tiers"]
        served_pixlpay.stop()
        after = gateway.data(SOURCES)["tiers"]
    assert after["nodes"] == before["nodes"]
    assert [source["status"] for source in after["sources"]] == ["STALE", "STALE"]
    assert after["sources"][1]["fetchedAt"] == before["sources"][1]["fetchedAt"]


def test_a_walk_reads_the_pages_that_are_there_already(
    caching_gateway: Gateway, piggy: PiggySandbox
) -> None:
    caching_gateway.data('{ program(key: "coral-avenue") { referrals { nodes { id } } } }')
    caching_gateway.data('{ program(key: "coral-avenue") { statistics { totalReferrals } } }')
    assert piggy.count("/referrals") == 3  # 240 referrals, the first page read once
