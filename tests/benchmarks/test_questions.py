"""The questions fit the schema, and cost the upstream calls that they say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.questions import BLOCK_HAVEN, CORAL_AVENUE, Q1, Q3, QUESTIONS, Question
from benchmarks.upstream.alone import calls_alone
from benchmarks.upstream.recording import Answers
from benchmarks.upstream.serving import Upstream, responder
from tests.running import Gateway, program, running_gateway


@pytest.fixture(scope="module")
def gateway(upstream: Upstream) -> Iterator[Gateway]:
    programs = (
        program(CORAL_AVENUE, "piggy", upstream.origin, "any"),
        program(BLOCK_HAVEN, "pixlpay", upstream.origin, "any"),
    )
    with running_gateway(*programs) as running:
        yield running


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_calls(gateway: Gateway, upstream: Upstream, question: Question) -> None:
    upstream.requests()
    gateway.data(question.text)
    assert upstream.requests() == question.calls


@pytest.mark.anyio
async def test_the_calls_of_a_chain_go_out_side_by_side_and_row_by_row(
    answers: Answers, tmp_path: Path
) -> None:
    with responder(answers, tmp_path, delay_ms=50) as slow:
        [first, second] = await calls_alone(slow.port, slow.targets, Q3.chain, times=2)
        assert slow.requests() == 2 * Q3.calls
    assert 0.1 <= min(first, second) < Q3.calls * 0.05


def test_the_dashboard_has_200_referrals_and_about_50_kb(gateway: Gateway) -> None:
    answer = gateway.ask(Q1.text)
    rows = [program["referrals"]["nodes"] for program in answer.data["programs"]]
    assert [len(nodes) for nodes in rows] == [100, 100]
    assert 45_000 < len(answer.http.content) < 55_000


def test_50_referrals_have_10_referrers_with_profiles(gateway: Gateway) -> None:
    nodes = gateway.data(Q3.text)["program"]["referrals"]["nodes"]
    referrers = {node["referrer"]["providerId"]: node["referrer"] for node in nodes}
    assert len(nodes) == 50
    assert len(referrers) == 10
    assert all(referrer["name"] and referrer["referralCode"] for referrer in referrers.values())
