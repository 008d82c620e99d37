"""`/metrics`, over HTTP: what was asked, what it took, and how the programs are."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.people import person
from adapters.limits import CircuitLimits, RetryLimits, UpstreamLimits
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, HttpConfig, LimitsConfig, PersistedConfig, UpstreamConfig
from gateway.telemetry.metrics import MOST_NAMES
from tests.gateway.scraping import scrape
from tests.redis_server import RedisServer, needs_redis
from tests.running import Gateway, running_gateway
from tests.waiting import until

TIERS = "query Tiers { tiers { nodes { id name } sources { status } } }"
CHECK = '{ codeValidations(code: "ABC12345") { nodes { isValid } sources { status } } }'


def test_operations_are_told_by_name_outcome_and_where_the_answer_came_from(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox
) -> None:
    with running_gateway(*programs, cache=CacheConfig(response_seconds=600)) as gateway:
        gateway.data(TIERS)
        gateway.ask(TIERS, headers={"x-page": "another"})  # its connection could answer the same
        gateway.ask("query Wrong { nothing }")
        gateway.ask("{")
        piggy.faults.add(Fault("status", status=500))
        failing = 'query Partly { program(key: "coral-avenue") { settings { isEnabled } } }'
        assert gateway.ask(failing).errors
        told = scrape(gateway)

    def count(operation: str, outcome: str, served: str) -> float | None:
        return told("operation_seconds_count", operation=operation, outcome=outcome, served=served)

    assert count("Tiers", "ok", "executed") == 1
    assert count("Tiers", "ok", "kept") == 1
    assert count("Partly", "partial", "executed") == 1
    # What is not valid has no name to go by.
    assert count("other", "refused", "nothing") == 2
    assert told.labels("operation_seconds_count", "operation") == {"Tiers", "Partly", "other"}


def test_equal_queries_at_once_are_told_as_joined(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    with running_gateway(*programs, cache=CacheConfig(response_seconds=600)) as gateway:
        for sandbox in (piggy, pixlpay):
            sandbox.faults.add(Fault("slow", seconds=0.5))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(gateway.data, [TIERS] * 4))
        told = scrape(gateway)
    about = {"operation": "Tiers", "outcome": "ok"}
    assert told("operation_seconds_count", served="executed", **about) == 1
    shared = [
        told("operation_seconds_count", served=served, **about) or 0
        for served in ("joined", "kept")
    ]
    assert sum(shared) == 3


def test_each_operation_of_a_batch_counts(programs: tuple[ProgramConfig, ...]) -> None:
    with running_gateway(*programs, http=HttpConfig(batch=3)) as gateway:
        batch = [{"query": "query A { __typename }"}, {"query": "query B { __typename }"}]
        assert gateway.http.post("/graphql", json=[*batch, {"query": "{"}]).status_code == 200
        told = scrape(gateway)
    for name, outcome, served in (
        ("A", "ok", "executed"),
        ("B", "ok", "executed"),
        ("other", "refused", "nothing"),
    ):
        about = {"operation": name, "outcome": outcome, "served": served}
        assert told("operation_seconds_count", **about) == 1


def test_only_so_many_names_are_told_and_those_that_are_listed_always(
    programs: tuple[ProgramConfig, ...],
) -> None:
    listed = PersistedConfig(mode="also", documents={"x": "query Listed { __typename }"})
    with running_gateway(*programs, persisted=listed) as gateway:
        for number in range(MOST_NAMES + 5):
            gateway.data(f"query Q{number} {{ __typename }}")
        gateway.data("query Listed { __typename }")
        gateway.data(f"query {'Long' * 100} {{ __typename }}")
        told = scrape(gateway)
    names = {f"Q{number}" for number in range(MOST_NAMES)}
    assert told.labels("operation_seconds_count", "operation") == {*names, "Listed", "other"}
    about = {"operation": "other", "outcome": "ok", "served": "executed"}
    assert told("operation_seconds_count", **about) == 5 + 1


def test_calls_are_told_by_program_endpoint_and_outcome_without_ids(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    (tier, *_) = [node for node in gateway.data(TIERS)["tiers"]["nodes"] if node["name"]]
    pages = "{ referrals(first: 4) { nodes { referrer { name loyaltyPoints } } } }"
    assert gateway.data(pages)["referrals"]["nodes"]
    email = person(24).email
    gateway.data(f'{{ people(email: "{email}") {{ nodes {{ id name }} }} }}')
    gateway.ask("mutation ($id: ID!) { tierToggle(id: $id) { errors { message } } }", tier)
    pixlpay.faults.add(Fault("status", status=403))
    gateway.data(TIERS)
    told = scrape(gateway)

    def calls(program: str, endpoint: str, outcome: str = "OK") -> float | None:
        about = {"program": program, "endpoint": endpoint, "outcome": outcome}
        return told("upstream_calls_total", **about)

    assert calls("coral-avenue", "GET /tiers") == 2
    assert calls("coral-avenue", "GET /referrals") == 1
    assert calls("block-haven", "GET /referrals/tiers", "FORBIDDEN") == 1
    assert calls("coral-avenue", "GET /contacts/{id}")
    endpoints = told.labels("upstream_calls_total", "endpoint")
    made = {f"{call.method} {call.path}" for app in (piggy, pixlpay) for call in app.calls}
    assert len(endpoints) <= len(made)
    assert not [one for one in endpoints if "@" in one or "%" in one or any(map(str.isdigit, one))]
    sent = sum(
        told("upstream_call_seconds_count", program=key) or 0
        for key in ("coral-avenue", "block-haven")
    )
    assert sent == len(piggy.calls) + len(pixlpay.calls)


def test_what_saves_calls_is_told(programs: tuple[ProgramConfig, ...], piggy: PiggySandbox) -> None:
    only = programs[0]
    with running_gateway(only, cache=CacheConfig(response_seconds=0)) as gateway:
        piggy.faults.add(Fault("slow", seconds=0.5))
        documents = [f"query N{n} {{ tiers {{ nodes {{ name }} }} }}" for n in range(3)]
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(gateway.data, documents))
        gateway.data("{ again: tiers { nodes { name } } more: tiers { nodes { name } } }")
        told = scrape(gateway)

    def reads(by: str) -> float:
        return told("upstream_reads_total", program="coral-avenue", by=by) or 0

    assert reads("called") == len(piggy.calls) == 1
    assert reads("joined") + reads("kept") == 3
    assert told("loads_saved_total") == 1


def test_limits_that_were_broken_are_told(programs: tuple[ProgramConfig, ...]) -> None:
    demand = LimitsConfig(depth=3, calls=1, body_bytes=1000)
    with running_gateway(*programs, demand=demand) as gateway:
        gateway.ask("{ referrals { nodes { referrer { name } } } }")
        gateway.ask("{ tiers { nodes { name } } }")
        gateway.ask(" " * 2000)
        told = scrape(gateway)
    assert told("limited_total", limit="depth") == 1
    assert told("limited_total", limit="calls") == 1
    assert told("limited_total", limit="body_bytes") == 1


def test_allowance_circuit_and_queue_are_told(
    programs: tuple[ProgramConfig, ...], pixlpay: PixlpaySandbox
) -> None:
    limits = UpstreamLimits(
        circuit=CircuitLimits(in_a_row=2, probe=600), retry=RetryLimits(attempts=1)
    )
    limited = replace(programs[1], calls_per_minute=40)
    upstream = UpstreamConfig(in_flight=1)
    with running_gateway(programs[0], limited, limits=limits, upstream=upstream) as gateway:
        told = scrape(gateway)
        assert told("allowance_left_calls", program="block-haven") == 40
        assert told("allowance_left_calls", program="coral-avenue") is None
        assert told("circuit_open", program="block-haven") == 0
        pixlpay.faults.add(Fault("slow", seconds=3))
        asking = [threading.Thread(target=gateway.ask, args=(CHECK,)) for _ in range(3)]
        for thread in asking:
            thread.start()
        until(
            lambda: scrape(gateway)("upstream_queue_calls", program="block-haven") == 2, seconds=20
        )
        pixlpay.faults.clear()
        for thread in asking:
            thread.join()
        pixlpay.faults.add(Fault("status", status=500))
        for _ in range(3):
            gateway.ask(CHECK)
        told = scrape(gateway)
    assert told("circuit_open", program="block-haven") == 1
    assert (told("allowance_left_calls", program="block-haven") or 40) <= 40 - len(pixlpay.calls)
    refused = {"program": "block-haven", "outcome": "HELD_BACK"}
    endpoint = "POST /referrals/validate"
    assert told("upstream_calls_total", endpoint=endpoint, **refused) == 1


@needs_redis
def test_whether_there_is_sharing_is_told(
    programs: tuple[ProgramConfig, ...], redis: RedisServer
) -> None:
    with running_gateway(*programs, redis_url=redis.url) as gateway:
        told = scrape(gateway)
        assert (told("shared_cache_up"), told("processes")) == (1, 1)
        redis.kill()
        until(lambda: scrape(gateway)("shared_cache_up") == 0, seconds=20)


def test_without_sharing_there_is_nothing_to_tell_of_it(gateway: Gateway) -> None:
    assert scrape(gateway)("shared_cache_up") is None


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_metrics_are_only_read(gateway: Gateway, method: str) -> None:
    assert gateway.http.request(method, "/metrics").status_code == 405
