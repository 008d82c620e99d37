"""Equal queries are answered once, as long as that is true to what they ask."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig
from gateway.http.answers import NEVER, Answers, Finished, Question
from tests.running import Gateway, running_gateway

# Tells when it was worked out: any other call moves `lastSuccessAt`.
QUERY = """query ($key: String!) { program(key: $key) {
  settings { source { status } } tiers { nodes { name } } health { lastSuccessAt } } }"""
OTHER = '{ program(key: "block-haven") { referrals(first: 1) { totalCount } } }'
PIXLPAY = {"key": "block-haven"}


@pytest.fixture
def gateway(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    """One that keeps whole answers for longer than a test takes."""
    with running_gateway(*programs, cache=CacheConfig(response_seconds=600)) as running:
        yield running


def test_an_equal_query_gets_the_same_answer(gateway: Gateway) -> None:
    first = gateway.ask(QUERY, PIXLPAY)
    gateway.data(OTHER)
    assert gateway.ask(QUERY, PIXLPAY).http.content == first.http.content
    assert gateway.ask(QUERY + " ", PIXLPAY).data != first.data
    assert gateway.data(QUERY, {"key": "coral-avenue"}) != first.data


def test_it_is_the_same_by_get(gateway: Gateway) -> None:
    first = gateway.ask(QUERY, PIXLPAY)
    gateway.data(OTHER)
    params = {"query": QUERY, "variables": '{ "key" : "block-haven" }'}
    assert gateway.http.get("/graphql", params=params).content == first.http.content


def test_whoever_wants_fresh_data_gets_it(gateway: Gateway) -> None:
    first = gateway.ask(QUERY, PIXLPAY)
    gateway.data(OTHER)
    again = gateway.ask(QUERY, PIXLPAY, {"Cache-Control": "no-cache"})
    assert again.data != first.data


def test_nothing_outlives_a_change(gateway: Gateway) -> None:
    def names() -> set[str]:
        return {t["name"] for t in gateway.data(QUERY, PIXLPAY)["program"]["tiers"]["nodes"]}

    before = names()
    program = gateway.data('{ program(key: "block-haven") { id } }')["program"]["id"]
    gateway.data(
        """mutation ($program: ID!) { tierCreate(programId: $program, input:
        {name: "Obsidian", referralsRequired: 99, reward: {percent: "5"}}) { tier { id } } }""",
        {"program": program},
    )
    assert names() - before == {"Obsidian"}


def test_a_failure_is_not_given_again(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    pixlpay.faults.add(Fault("status", times=1))
    query = '{ program(key: "block-haven") { tiers { nodes { name } sources { status } } } }'
    failed = gateway.data(query)["program"]["tiers"]
    assert failed["sources"] == [{"status": "FAILED"}]
    assert gateway.data(query)["program"]["tiers"]["sources"] == [{"status": "FRESH"}]


def test_an_error_is_not_given_again(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    pixlpay.faults.add(Fault("status", path="/settings", times=1))
    assert gateway.ask(QUERY, PIXLPAY).errors
    assert not gateway.ask(QUERY, PIXLPAY).errors


def test_an_unfinished_report_is_not_given_again(gateway: Gateway, piggy: PiggySandbox) -> None:
    query = '{ program(key: "coral-avenue") { statistics { sources { status isComplete } } } }'
    piggy.faults.add(Fault("status", times=1))
    for source in (
        {"status": "FAILED", "isComplete": False},
        {"status": "FRESH", "isComplete": True},
    ):
        assert gateway.data(query)["program"]["statistics"]["sources"] == [source]


def test_a_code_is_always_asked_for(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    query = '{ program(key: "block-haven") { codeValidation(code: "X") { isValid } } }'
    gateway.data(query)
    gateway.data(query)
    assert pixlpay.count("/validate") == 2


def test_many_at_once_are_one(programs: tuple[ProgramConfig, ...], pixlpay: PixlpaySandbox) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.5, times=1))
    # Nothing that is read is kept or joined: only the whole answer can be.
    cache = CacheConfig(fresh_seconds=0, response_seconds=5)
    with running_gateway(*programs, cache=cache) as gateway, ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: gateway.ask(OTHER).http.content, range(20)))
        assert len(set(answers)) == 1
        assert pixlpay.count() == 1
        gateway.data(OTHER)
        assert pixlpay.count() == 2


def question(query: str) -> Question:
    return Question("", query, None, b"")


def finished(body: bytes, good_until: float = 100.0) -> Finished:
    return Finished(body, good_until, None, "ok", {})


BEFORE, AFTER = finished(b"before"), finished(b"after")


@pytest.mark.anyio
async def test_an_answer_is_kept_for_its_time_and_no_longer_than_it_is_fresh() -> None:
    now = 0.0
    answers = Answers(5, drops=lambda: 0, monotonic=lambda: now)

    async def join(query: str, good_until: float) -> bytes:
        async def run() -> Finished:
            return finished(query.encode(), good_until)

        return (await answers.join(question(query), run)).body

    def kept(query: str) -> bytes | None:
        found = answers.get(question(query))
        return None if found is None else found.body

    for key, good_until in (("long", 100.0), ("short", 3.0), ("never", NEVER)):
        assert await join(key, good_until) == key.encode()
    assert (kept("long"), kept("short"), kept("never")) == (b"long", b"short", None)
    now = 3.0
    assert (kept("long"), kept("short")) == (b"long", None)
    now = 5.0
    assert kept("long") is None
    assert answers.size == 0


@pytest.mark.anyio
async def test_an_answer_begun_before_a_change_is_neither_joined_nor_kept_after_it() -> None:
    drops = 0
    answers = Answers(5, drops=lambda: drops, monotonic=lambda: 0.0)
    changed = asyncio.Event()

    async def before() -> Finished:
        await changed.wait()
        return BEFORE

    async def after() -> Finished:
        return AFTER

    waiting = asyncio.ensure_future(answers.join(question("x"), before))
    await asyncio.sleep(0)
    drops = 1
    assert await answers.join(question("x"), after) is AFTER
    changed.set()
    assert await waiting is BEFORE
    assert answers.get(question("x")) is AFTER


@pytest.mark.anyio
async def test_the_oldest_answers_make_room() -> None:
    answers = Answers(5, drops=lambda: 0, monotonic=lambda: 0.0, most_bytes=50_000)

    async def run() -> Finished:
        return finished(b"x" * 10_000, 100.0)

    for key in range(10):
        await answers.join(question(str(key)), run)
    assert answers.size <= 50_000
    assert [key for key in range(10) if answers.get(question(str(key)))] == [6, 7, 8, 9]
