"""What every answer goes through, bounded by what plain `json` takes for the same bytes here.

Run by `make bench`; nothing in `make test` depends on time.
"""

import asyncio
import json
import time
from timeit import repeat

import graphql
import pytest
import uvloop
from graphql import GraphQLError
from pytest_benchmark.fixture import BenchmarkFixture

from adapters.piggy import PiggyProvider
from adapters.piggy import mapping as piggy
from adapters.piggy.referrals import referral_page as piggy_page
from adapters.pixlpay.mapping.referrals import referral_page as pixlpay_page
from benchmarks.upstream.recording import (
    PIGGY_COMPLETED,
    PIGGY_REFERRALS,
    PIXLPAY_REFERRALS,
    Answers,
    record,
)
from benchmarks.wires import BODY, program, served
from gateway.execution.parser import parse
from gateway.execution.rules import rules_for
from gateway.execution.validation import validate
from gateway.ids import Kind, Position, encode, encode_cursor
from gateway.schema import schema

PAGES = 100


@pytest.fixture(scope="module")
def answers() -> Answers:
    return record()


def times_json(benchmark: BenchmarkFixture, body: bytes) -> float:
    """How many times as long as `json` takes to read a body the measured function took."""
    rounds = 20
    fastest = min(repeat(lambda: json.loads(body), number=rounds, repeat=20)) / rounds
    assert benchmark.stats is not None
    return float(benchmark.stats.stats.min) / fastest


def test_a_page_of_piggys_referrals(benchmark: BenchmarkFixture, answers: Answers) -> None:
    body = answers[PIGGY_REFERRALS]
    page = benchmark(piggy_page, body, "coral-avenue", 1, 100)
    assert len(page.items) == 100
    assert times_json(benchmark, body) < 3


def test_a_page_of_pixlpays_referrals(benchmark: BenchmarkFixture, answers: Answers) -> None:
    body = answers[PIXLPAY_REFERRALS]
    page = benchmark(pixlpay_page, body, "block-haven", 1, 100)
    assert len(page.items) == 100
    assert times_json(benchmark, body) < 3


@pytest.mark.benchmark(timer=time.process_time)
def test_pages_from_a_server_to_the_model(benchmark: BenchmarkFixture) -> None:
    """CPU of this process alone, with all that keeps calls within bounds."""
    with served() as origin, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        provider = PiggyProvider(program(origin))

        async def pages() -> set[int]:
            # Many in a row: to start and stop the loop costs more than a call.
            return {len((await provider.referrals(None, 1)).value.items) for _ in range(PAGES)}

        assert benchmark(lambda: runner.run(pages())) == {100}
        runner.run(provider.aclose())
    assert times_json(benchmark, BODY) < 3 * PAGES


def test_a_piggy_contact(benchmark: BenchmarkFixture, answers: Answers) -> None:
    body = next(body for target, body in answers.items() if "/contacts/" in target)
    assert benchmark(piggy.person, body, "coral-avenue").referral_code
    assert times_json(benchmark, body) < 3


ROW = "id status referrer { name email tier { id name } } referred { name } program { key name }"
FIELDS = (
    f'referrals(first: 100, filter: {{search: "a"}}) {{ nodes {{ {ROW} }} sources {{ status }} }}'
)
DOCUMENT = "{ " + " ".join(f"a{n}: programs {{ key {FIELDS} }}" for n in range(40)) + " }"


def test_a_document_of_two_thousand_tokens(benchmark: BenchmarkFixture) -> None:
    """Bounded by what graphql-core itself takes to read and validate it by the same rules."""
    rules = rules_for(DOCUMENT)
    known = schema._schema

    def own() -> list[GraphQLError]:
        return graphql.validate(known, graphql.parse(DOCUMENT), rules)

    assert 1_500 < (graphql.parse(DOCUMENT).token_count or 0) < 2_000
    assert benchmark(lambda: validate(known, parse(DOCUMENT), rules)) == own() == []
    assert benchmark.stats is not None
    assert float(benchmark.stats.stats.min) < 0.7 * min(repeat(own, number=1, repeat=20))


def test_a_hundred_ids_and_a_cursor(benchmark: BenchmarkFixture, answers: Answers) -> None:
    position = Position((100,) * 20, 3)

    def encoded() -> str:
        for number in range(100):
            encode(Kind.PERSON, "coral-avenue", str(number))
        return encode_cursor(position, b"12345678")

    assert benchmark(encoded)
    assert times_json(benchmark, answers[PIGGY_COMPLETED]) < 3
