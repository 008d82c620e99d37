"""`Idempotency-Key`: a mutation sent again is answered, not made, again."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.caller import Caller, Scope
from gateway.execution.engine import Request, Response
from gateway.http.idempotency import KEPT_SECONDS, FirstAnswers, KeyReused
from tests.running import Answer, Gateway

CREATE = """mutation ($program: ID!, $input: TierCreateInput!) {
  tierCreate(programId: $program, input: $input) {
    tier { id name } errors { message ... on ProviderFailureError { mayHaveTakenEffect } } } }"""


def program_id(gateway: Gateway) -> str:
    return str(gateway.data('{ program(key: "block-haven") { id } }')["program"]["id"])


def create(gateway: Gateway, key: str | None, name: str = "Gold") -> Answer:
    variables = {
        "program": program_id(gateway),
        "input": {"name": name, "referralsRequired": 9, "reward": {"percent": "5"}},
    }
    return gateway.ask(CREATE, variables, {"Idempotency-Key": key} if key is not None else None)


def test_the_same_key_gets_the_first_answer_and_one_call(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    first, second = create(gateway, "a"), create(gateway, "a")
    assert first.data["tierCreate"]["tier"] == second.data["tierCreate"]["tier"] is not None
    assert pixlpay.count("/tiers", "POST") == 1
    create(gateway, "b")
    create(gateway, None)
    create(gateway, None)
    assert pixlpay.count("/tiers", "POST") == 4


def test_the_same_key_with_another_body_is_refused(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    create(gateway, "a")
    answer = create(gateway, "a", name="Platinum")
    assert answer.http.status_code == 422
    assert answer.errors[0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert pixlpay.count("/tiers", "POST") == 1


def test_fifty_at_once_are_one_call(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    pixlpay.faults.add(Fault(kind="slow", seconds=0.3, method="POST", times=1))
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: create(gateway, "a"), range(50)))
    assert len({answer.data["tierCreate"]["tier"]["id"] for answer in answers}) == 1
    assert pixlpay.count("/tiers", "POST") == 1


def test_an_unknown_outcome_is_kept(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    pixlpay.faults.add(Fault(kind="drop_after", method="POST", times=1))
    for _ in range(2):
        (error,) = create(gateway, "a").data["tierCreate"]["errors"]
        assert error["mayHaveTakenEffect"] is True
    assert pixlpay.count("/tiers", "POST") == 1


def test_a_failure_before_sending_is_not_kept(gateway: Gateway) -> None:
    too_long = create(gateway, "a", name="x" * 256)
    assert too_long.data["tierCreate"]["errors"]
    assert create(gateway, "a", name="Gold").data["tierCreate"]["tier"]["name"] == "Gold"


def test_a_key_without_end_is_refused(gateway: Gateway) -> None:
    assert create(gateway, "k" * 256).http.status_code == 400


@pytest.mark.anyio
async def test_answers_are_kept_for_a_day_and_per_caller() -> None:
    clock = [0.0]
    answers = FirstAnswers(lambda: clock[0])
    runs = 0

    async def run() -> tuple[Response, bool]:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0)
        return Response({"data": runs}), True

    async def ask(name: str) -> Any:
        request = Request("mutation { x }", None, None)
        caller = Caller(name, frozenset(Scope))
        return (await answers.answer(caller, "key", request, run)).content["data"]

    assert [await ask("a"), await ask("a"), await ask("b")] == [1, 1, 2]
    clock[0] = KEPT_SECONDS - 1
    assert await ask("a") == 1
    clock[0] = KEPT_SECONDS + 1
    assert await ask("a") == 3


@pytest.mark.anyio
async def test_answers_are_bounded_in_bytes_the_oldest_forgotten_first() -> None:
    answers = FirstAnswers(lambda: 0.0, most_bytes=1000)
    runs: list[str] = []

    async def ask(key: str, length: int) -> None:
        async def run() -> tuple[Response, bool]:
            runs.append(key)
            return Response({"data": "x" * length}), True

        request = Request("mutation { x }", None, None)
        caller = Caller("a", frozenset(Scope))
        response = await answers.answer(caller, key, request, run)
        assert response.content == {"data": "x" * length}

    for key in "abc":
        await ask(key, 300)
        await ask(key, 300)
    assert runs == ["a", "b", "c"]
    await ask("d", 300)
    assert answers.size <= 1000
    await ask("c", 300)
    assert runs == ["a", "b", "c", "d"]
    await ask("a", 300)
    assert runs == ["a", "b", "c", "d", "a"]


@pytest.mark.anyio
async def test_an_answer_is_not_shown_to_its_caller_with_a_lesser_token() -> None:
    answers = FirstAnswers(lambda: 0.0)

    async def run() -> tuple[Response, bool]:
        return Response({"data": "emma@example.com"}), True

    request = Request("mutation { x }", None, None)
    whole = Caller("jwt:emma", frozenset(Scope))
    lesser = Caller("jwt:emma", frozenset({Scope.REFERRALS_READ, Scope.REFERRALS_WRITE}))
    await answers.answer(whole, "key", request, run)
    with pytest.raises(KeyReused):
        await answers.answer(lesser, "key", request, run)


def test_a_429_may_be_sent_again_under_the_same_key(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault(kind="rate_limited", method="POST", times=1, retry_after="0"))
    assert create(gateway, "a").data["tierCreate"]["errors"]
    assert create(gateway, "a").data["tierCreate"]["tier"]["name"] == "Gold"
