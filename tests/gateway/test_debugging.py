"""`extensions.gateway`: what was read for an answer, for administrators who ask for it."""

from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, HttpConfig
from tests.gateway.access.callers import EVERYTHING, PEOPLE, Keys
from tests.running import Answer, Gateway, running_gateway

DEBUG = {"gateway-debug": "1"}
TIERS = "{ tiers { nodes { id } } }"


def reads(answer: Answer) -> list[tuple[str, str, str]]:
    """Program, endpoint and what answered, in the order of the programs."""
    told = answer.http.json()["extensions"]["gateway"]["reads"]
    assert all(0 <= read["ms"] < 30_000 for read in told)
    return sorted((read["program"], read["endpoint"], read["answered"]) for read in told)


def test_each_read_is_told_with_what_answered_it(
    caching_gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    def tiers_by(answered: str) -> list[tuple[str, str, str]]:
        return [
            ("block-haven", "GET /referrals/tiers", answered),
            ("coral-avenue", "GET /tiers", answered),
        ]

    assert reads(caching_gateway.ask(TIERS, headers=DEBUG)) == tiers_by("called")
    assert reads(caching_gateway.ask(TIERS, headers=DEBUG)) == tiers_by("kept")
    fresh = {**DEBUG, "cache-control": "no-cache"}
    assert reads(caching_gateway.ask(TIERS, headers=fresh)) == tiers_by("called")
    assert len(piggy.calls) == len(pixlpay.calls) == 2


def test_a_read_that_failed_is_told_and_how_long_it_took(
    gateway: Gateway, piggy: PiggySandbox
) -> None:
    piggy.faults.add(Fault("slow", seconds=0.3, times=1))
    answer = gateway.ask(TIERS, headers=DEBUG)
    waited = {
        read["program"]: read["ms"] for read in answer.http.json()["extensions"]["gateway"]["reads"]
    }
    assert waited["coral-avenue"] >= 300
    piggy.faults.add(Fault("status", status=403))
    assert ("coral-avenue", "GET /tiers", "called") in reads(gateway.ask(TIERS, headers=DEBUG))


def test_a_change_is_told_with_what_is_read_for_it(gateway: Gateway) -> None:
    tiers = gateway.data("{ tiers { nodes { id program { key } } } }")["tiers"]["nodes"]
    (first, *_) = (tier["id"] for tier in tiers if tier["program"]["key"] == "block-haven")
    toggle = "mutation ($id: ID!) { tierToggle(id: $id) { errors { message } } }"
    told = reads(gateway.ask(toggle, {"id": first}, DEBUG))
    endpoints = {endpoint for _, endpoint, _ in told}
    assert "GET /referrals/tiers" in endpoints
    assert any("{id}" in endpoint and not endpoint.startswith("GET") for endpoint in endpoints)


def test_it_goes_with_what_the_answer_cost_and_with_each_of_a_batch(
    programs: tuple[ProgramConfig, ...],
) -> None:
    with running_gateway(*programs, http=HttpConfig(batch=2)) as gateway:
        both = gateway.ask(TIERS, headers={**DEBUG, "graphql-cost": "1"})
        assert both.http.json()["extensions"].keys() == {"cost", "gateway"}
        batch = [{"query": TIERS}, {"query": "{ __typename }"}]
        answers = gateway.http.post("/graphql", json=batch, headers=DEBUG).json()
    told: list[Any] = [len(answer["extensions"]["gateway"]["reads"]) for answer in answers]
    assert told == [2, 0]


def test_answers_that_tell_it_are_neither_kept_nor_given_to_others(
    programs: tuple[ProgramConfig, ...],
) -> None:
    with running_gateway(*programs, cache=CacheConfig(response_seconds=600)) as gateway:
        assert "extensions" in gateway.ask(TIERS, headers=DEBUG).http.json()
        assert "extensions" not in gateway.ask(TIERS).http.json()
        assert len(reads(gateway.ask(TIERS, headers=DEBUG))) == 2


@pytest.mark.parametrize("value", ["0", "true", ""])
def test_nobody_is_told_who_does_not_ask_for_it(gateway: Gateway, value: str) -> None:
    assert "extensions" not in gateway.ask(TIERS, headers={"gateway-debug": value}).http.json()


def test_only_administrators_are_told(programs: tuple[ProgramConfig, ...]) -> None:
    keys = Keys().add("boss", EVERYTHING).add("reader", PEOPLE)
    with running_gateway(*programs, access=keys.config) as gateway:
        told = gateway.ask(TIERS, headers={**DEBUG, **keys.headers("boss")})
        assert len(reads(told)) == 2
        other = gateway.ask(TIERS, headers={**DEBUG, **keys.headers("reader")})
    assert "extensions" not in other.http.json()
