"""What a change of the configuration changes, and what it must not."""

import gc
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from msgspec import structs

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.contract.connecting import STEADY
from adapters.limits import RetryLimits, UpstreamLimits
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import (
    AccessConfig,
    CacheConfig,
    Config,
    ConfigError,
    GraphQLConfig,
    HttpConfig,
    JwtTable,
    LimitsConfig,
    ReportsConfig,
)
from gateway.service import Service
from tests.gateway.access.callers import READ, Keys, bearer
from tests.gateway.access.issuer import AUDIENCE, ISSUER, Issuer, token
from tests.gateway.scraping import scrape
from tests.gateway.stores import Stores, served_stores
from tests.gateway.test_mutations_idempotency import create
from tests.running import (
    NO_CACHE,
    PATIENT,
    Gateway,
    RunningGateway,
    program,
    running_with,
)
from tests.waiting import until

HAVEN = "block-haven"
TIERS = "{ tiers { nodes { name } sources { program { key } status error { code } } } }"
# Always a call, as codes are never kept.
CHECK = '{ codeValidations(code: "ABC12345") { sources { status error { code } } } }'


class Reloaded:
    """A running gateway and its configuration."""

    def __init__(self, gateway: RunningGateway, config: Config) -> None:
        self.gateway = gateway
        self.config = config

    def change(self, **changes: Any) -> None:
        """Go on under another configuration."""
        self.config = replace(self.config, **changes)
        self.gateway.reload(lambda: self.config)


@contextmanager
def reloaded(*programs: ProgramConfig, **more: Any) -> Iterator[Reloaded]:
    """A gateway over these programs, that keeps nothing unless it is told to."""
    config = Config(programs, **{"cache": NO_CACHE, "upstream": PATIENT, "limits": STEADY, **more})
    with running_with(config) as gateway:
        yield Reloaded(gateway, config)


@pytest.fixture
def stores() -> Iterator[Stores]:
    with served_stores() as served:
        yield served


def sources(gateway: Gateway, query: str) -> list[tuple[str, str | None]]:
    """How each program contributed to the only list of a query."""
    (answer,) = gateway.data(query).values()
    return [(one["status"], (one["error"] or {}).get("code")) for one in answer["sources"]]


def test_programs_come(programs: tuple[ProgramConfig, ...]) -> None:
    coral, haven = programs
    with reloaded(coral) as running:
        assert sources(running.gateway, TIERS) == [("FRESH", None)]
        running.change(programs=(haven, coral))
        answer = running.gateway.data(TIERS)["tiers"]["sources"]
        assert [one["program"]["key"] for one in answer] == [HAVEN, coral.key]
        assert [one["status"] for one in answer] == ["FRESH", "FRESH"]


def test_a_program_that_went_is_as_unknown_as_one_that_never_was(
    programs: tuple[ProgramConfig, ...], pixlpay: PixlpaySandbox
) -> None:
    coral, _ = programs
    query = """query ($key: String!, $id: ID!) {
      program(key: $key) { name } node(id: $id) { id } tiers { nodes { id } }
      referrals(first: 1, programs: [$key]) { nodes { id } } }"""
    with reloaded(*programs) as running:
        gone = running.gateway.data('{ program(key: "block-haven") { id } }')["program"]["id"]
        running.change(programs=(coral,))
        pixlpay.forget_calls()
        asked = running.gateway.ask(query, {"key": HAVEN, "id": gone}).http.text
        with reloaded(coral) as never:
            unknown = never.gateway.ask(query, {"key": HAVEN, "id": gone}).http.text
        assert asked == unknown
        assert "UNKNOWN_PROGRAM" in asked
        assert pixlpay.calls == []
        assert scrape(running.gateway).labels("circuit_open", "program") == {coral.key}


def test_an_allowance_that_a_program_no_longer_has_is_not_told() -> None:
    nowhere = program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")

    def told() -> set[str]:
        return set(scrape(running.gateway).labels("allowance_left_calls", "program"))

    with reloaded(replace(nowhere, calls_per_minute=60)) as running:
        assert told() == {"coral-avenue"}
        running.change(programs=(nowhere,))
        assert told() == set()
        running.change(programs=(replace(nowhere, calls_per_minute=60),))
        assert told() == {"coral-avenue"}
        running.change(programs=(replace(nowhere, key="other"),))
        assert told() == set()


def test_what_was_read_of_other_programs_is_kept_walks_included(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox
) -> None:
    coral, haven = programs
    query = """{ program(key: "coral-avenue") { tiers { nodes { id } }
      statistics { totalReferrals sources { isComputed status } } } }"""
    cache = CacheConfig(fresh_seconds=3600)
    with reloaded(coral, cache=cache, reports=ReportsConfig(fresh_seconds=3600)) as running:
        first = running.gateway.data(query)
        (source,) = first["program"]["statistics"]["sources"]
        assert source == {"isComputed": True, "status": "FRESH"}
        piggy.forget_calls()
        running.change(programs=(coral, haven))
        running.change(http=HttpConfig(batch=3))
        assert running.gateway.data(query) == first
        # Connected anew, it reads what is kept, and walks through it.
        running.change(upstream=structs.replace(PATIENT, in_flight=7))
        assert running.gateway.data(query) == first
        assert piggy.calls == []


def test_a_finished_walk_is_kept_longer_than_its_pages(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox
) -> None:
    coral, haven = programs
    query = '{ program(key: "coral-avenue") { statistics { totalReferrals } } }'
    with reloaded(coral, cache=CacheConfig(fresh_seconds=0.001, response_seconds=0)) as running:
        first = running.gateway.data(query)
        piggy.forget_calls()
        running.change(programs=(coral, haven))
        assert running.gateway.data(query) == first
        assert piggy.calls == []


def test_another_credential_gets_nothing_that_was_read_with_the_one_before(stores: Stores) -> None:
    stores.piggy("old", 3)
    stores.piggy("new", 5)
    total = "{ statistics { totalReferrals } }"
    with reloaded(
        replace(stores.program("old"), key="coral"), cache=CacheConfig(fresh_seconds=3600)
    ) as running:
        assert running.gateway.data(total)["statistics"]["totalReferrals"] == 3
        assert sources(running.gateway, TIERS) == [("FRESH", None)]
        stores.forget_calls()
        running.change(programs=(replace(stores.program("new"), key="coral"),))
        assert running.gateway.data(total)["statistics"]["totalReferrals"] == 5
        stores["new"].faults.add(Fault("status", status=503))
        assert sources(running.gateway, TIERS) == [("FAILED", "UNAVAILABLE")]
        assert stores.calls().keys() == {"new"}


def test_no_program_gets_its_allowance_twice(stores: Stores) -> None:
    stores.pixlpay("old", 1)
    stores.pixlpay("new", 1)
    old = replace(stores.program("old"), key=HAVEN, calls_per_minute=1)
    new = replace(old, token="new")
    other = stores.program("old")
    with reloaded(old) as running:
        assert sources(running.gateway, CHECK) == [("FRESH", None)]
        for programs in (new,), (other,), (new,), (replace(old, name="Haven"),):
            running.change(programs=programs)
            if HAVEN in [program.key for program in programs]:
                assert sources(running.gateway, CHECK) == [("FAILED", "RATE_LIMITED")]
        running.change(programs=(replace(new, calls_per_minute=0),))
        assert sources(running.gateway, CHECK) == [("FRESH", None)]
        assert stores.calls() == {"old": 1, "new": 1}


def test_a_provider_that_wants_fewer_calls_is_still_heeded(stores: Stores) -> None:
    stores.pixlpay("old").faults.add(Fault("rate_limited", retry_after="1000"))
    stores.pixlpay("new")
    old = replace(stores.program("old"), key=HAVEN)
    with reloaded(old) as running:
        assert sources(running.gateway, CHECK) == [("FAILED", "RATE_LIMITED")]
        running.change(programs=(replace(old, token="new"),))
        assert sources(running.gateway, CHECK) == [("FAILED", "RATE_LIMITED")]
        assert stores.calls() == {"old": 1}


def test_a_circuit_that_is_open_stays_so(stores: Stores) -> None:
    stores.pixlpay("old").faults.add(Fault("status", status=500))
    stores.pixlpay("new")
    limits = UpstreamLimits(retry=RetryLimits(attempts=1))
    limits = replace(limits, circuit=replace(limits.circuit, probe=3600.0))
    old = replace(stores.program("old"), key=HAVEN)
    with reloaded(old, limits=limits) as running:
        for _ in range(2 * limits.circuit.in_a_row):
            assert sources(running.gateway, CHECK) == [("FAILED", "UNAVAILABLE")]
        assert stores.calls() == {"old": limits.circuit.in_a_row}
        running.change(programs=(replace(old, token="new"),))
        assert sources(running.gateway, CHECK) == [("FAILED", "UNAVAILABLE")]
        assert stores.calls() == {"old": limits.circuit.in_a_row}


def test_what_is_under_way_ends_as_it_began(
    programs: tuple[ProgramConfig, ...], pixlpay: PixlpaySandbox
) -> None:
    coral, _ = programs
    with reloaded(*programs) as running, ThreadPoolExecutor(2) as threads:
        gateway = running.gateway
        pixlpay.faults.add(Fault("hang", path="/claims"))
        pixlpay.faults.add(Fault("hang", path="/tiers"))
        export = threads.submit(gateway.http.get, "/export/claims.csv?programs=block-haven")
        until(lambda: pixlpay.count("/claims") == 1, seconds=60)
        asked = threads.submit(gateway.data, TIERS)
        until(lambda: pixlpay.count("/tiers") == 1, seconds=60)
        for _ in range(3):
            running.change(programs=(coral,))
        assert sources(gateway, TIERS) == [("FRESH", None)]
        assert not asked.done()
        pixlpay.faults.clear()
        whole = asked.result(60)["tiers"]
        assert [one["status"] for one in whole["sources"]] == ["FRESH", "FRESH"]
        exported = export.result(60)
        assert exported.status_code == 200
        assert len(exported.text.splitlines()) > 1


def test_what_has_ended_is_let_go(programs: tuple[ProgramConfig, ...]) -> None:
    def services() -> int:
        gc.collect()
        return sum(isinstance(one, Service) for one in gc.get_objects())

    coral, haven = programs
    with reloaded(coral) as running:
        before = services()
        for number in range(20):
            running.change(programs=(coral, replace(haven, name=f"{number}")))
            assert sources(running.gateway, TIERS) == [("FRESH", None)] * 2
        until(lambda: services() == before, seconds=60)


def test_what_is_wrong_changes_nothing_and_is_told(
    programs: tuple[ProgramConfig, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "referral_gateway.configuration")

    def wrong() -> Config:
        raise ConfigError(['programs.toml: program "a": key: is missing', "programs.toml: x"])

    def broken() -> Config:
        raise RuntimeError("sk_live_5up3r-s3cr3t")

    def refused() -> float | None:
        return scrape(running.gateway)("configuration_refused")

    with reloaded(*programs) as running:
        assert refused() == 0
        running.gateway.reload(wrong)
        assert refused() == 1
        assert running.gateway.http.get("/readyz").status_code == 200
        assert sources(running.gateway, TIERS) == [("FRESH", None)] * 2
        running.change()
        assert refused() == 0
        running.gateway.reload(broken)
        assert refused() == 1
        assert sources(running.gateway, TIERS) == [("FRESH", None)] * 2
    assert [record.getMessage() for record in caplog.records] == [
        'the configuration stays as it was: programs.toml: program "a": key: is missing;'
        " programs.toml: x",
        "the configuration was read again: nothing new",
        "the configuration stays as it was",
    ]


def test_what_changed_is_told_and_what_waits_for_the_next_start(
    programs: tuple[ProgramConfig, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "referral_gateway.configuration")
    coral, haven = programs
    with reloaded(coral) as running:
        running.change(programs=(replace(coral, token=coral.token + "x"), haven))
        running.change(programs=(haven,), redis_url="redis://:p4ssw0rd@127.0.0.1:1")
        assert sources(running.gateway, TIERS) == [("FRESH", None)]
        assert running.gateway.http.get("/readyz").json()["shared_cache"] == "off"
    assert [record.getMessage() for record in caplog.records] == [
        "the configuration was read again: programs added: block-haven;"
        " programs changed: coral-avenue",
        "the configuration was read again: programs removed: coral-avenue;"
        " cache: redis_url stays as it was until the next start",
    ]


def test_callers_come_and_go(programs: tuple[ProgramConfig, ...]) -> None:
    keys = Keys().add("one", READ).add("other", READ)
    with reloaded(*programs, access=keys.config) as running:
        for name in ("one", "other"):
            assert not keys.ask(running.gateway, name, TIERS).errors
        running.change(access=AccessConfig(keys.config.callers[:1]))
        assert not keys.ask(running.gateway, "one", TIERS).errors
        assert keys.ask(running.gateway, "other", TIERS).http.status_code == 401
        running.change(access=AccessConfig())
        assert not running.gateway.ask(TIERS).errors


def test_limits_hold_for_the_next_request_also_of_a_connection_that_is_open(
    programs: tuple[ProgramConfig, ...],
) -> None:
    with reloaded(*programs) as running:
        gateway = running.gateway
        assert not gateway.ask(TIERS).errors
        assert gateway.http.get("/schema.graphql").status_code == 200
        running.change(
            demand=LimitsConfig(depth=1, header_bytes=2000),
            graphql=GraphQLConfig(introspection=False),
        )
        assert "depth" in gateway.ask(TIERS).http.text
        assert gateway.http.get("/schema.graphql").status_code == 404
        assert gateway.http.get("/healthz", headers={"x": "y" * 3000}).status_code == 431
        running.change(demand=LimitsConfig())
        assert gateway.http.get("/healthz", headers={"x": "y" * 3000}).status_code == 200


def test_what_callers_have_taken_stays_taken(programs: tuple[ProgramConfig, ...]) -> None:
    coral, haven = programs
    with reloaded(coral, demand=LimitsConfig(requests_per_minute=2)) as running:
        statuses = [running.gateway.ask("{ __typename }").http.status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        running.change(programs=(coral, haven))
        assert running.gateway.ask("{ __typename }").http.status_code == 429


def test_first_answers_and_registered_operations_are_kept(
    programs: tuple[ProgramConfig, ...], pixlpay: PixlpaySandbox
) -> None:
    coral, haven = programs
    digest = sha256(TIERS.encode()).hexdigest()
    named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
    with reloaded(haven) as running:
        first = create(running.gateway, "a")
        assert (
            "errors"
            not in running.gateway.http.post("/graphql", json={"query": TIERS, **named}).json()
        )
        running.change(programs=(haven, coral))
        assert create(running.gateway, "a").data == first.data
        assert pixlpay.count("/tiers", "POST") == 1
        assert "errors" not in running.gateway.http.post("/graphql", json=named).json()


def test_an_issuer_that_is_down_need_not_be_asked_again(
    programs: tuple[ProgramConfig, ...],
) -> None:
    coral, haven = programs
    issuer = Issuer()
    with serve_in_thread(issuer) as served:
        rules = JwtTable(issuer=ISSUER, audience=AUDIENCE, jwks_url=f"{served.origin}/jwks.json")
        with reloaded(coral, access=AccessConfig(jwt=rules)) as running:
            headers = bearer(token())
            assert not running.gateway.ask(TIERS, headers=headers).errors
            issuer.status = 503
            running.change(programs=(coral, haven))
            assert not running.gateway.ask(TIERS, headers=headers).errors
            assert issuer.asked == 1
