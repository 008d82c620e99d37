"""The log: one line a request, over HTTP, and what else is logged beside it."""

import logging
import os
import pty
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.provider import ProgramConfig
from gateway.caller import Caller
from gateway.config import CacheConfig, HttpConfig, LimitsConfig
from gateway.http.hanging_up import PATIENCE_SECONDS
from gateway.telemetry.log import REQUEST_ID, Log
from tests.gateway.access.callers import EVERYTHING, Keys
from tests.gateway.http.parts import parts_of
from tests.gateway.telemetry.logging_to import WrittenLog
from tests.running import Gateway, running_gateway
from tests.waiting import until

KEYS = Keys().add("boss", EVERYTHING)
TIERS = "query Tiers { tiers { nodes { name } } }"


@pytest.fixture
def written(tmp_path: Path) -> Iterator[WrittenLog]:
    log = WrittenLog(tmp_path / "log")
    yield log
    log.close()


@pytest.fixture
def gateway(programs: tuple[ProgramConfig, ...], written: WrittenLog) -> Iterator[Gateway]:
    """One that keeps answers, takes batches and knows its callers."""
    with running_gateway(
        *programs,
        cache=CacheConfig(response_seconds=600),
        http=HttpConfig(batch=3),
        demand=LimitsConfig(depth=4),
        access=KEYS.config,
        log=written.log,
    ) as running:
        running.http.headers.update(KEYS.headers("boss"))
        yield running


def told(line: dict[str, Any]) -> dict[str, Any]:
    """A line without what differs each time."""
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
    assert 0 <= line["ms"] < 30_000
    return {name: line[name] for name in line.keys() - {"timestamp", "ms"}}


LINE = {
    "level": "info",
    "event": "request",
    "request_id": "r-1",
    "operation": "Tiers",
    "caller": "key:boss",
    "status": 200,
    "outcome": "ok",
    "served": "executed",
    "cost": 2,
    "upstream_calls": 2,
    "errors": {},
}


def test_a_request_is_a_line(gateway: Gateway, written: WrittenLog) -> None:
    for number in (1, 2):
        gateway.ask(TIERS, headers={"x-request-id": f"r-{number}", "x-page": str(number)})
    first, second = written.lines(2)
    assert told(first) == LINE
    kept = {"request_id": "r-2", "served": "kept", "cost": 0, "upstream_calls": 0}
    assert told(second) == {**LINE, **kept}


def test_errors_are_told_by_their_codes(
    gateway: Gateway, written: WrittenLog, piggy: PiggySandbox
) -> None:
    piggy.faults.add(Fault("status", status=403))
    gateway.ask('query Two { program(key: "coral-avenue") { settings { isEnabled } } }')
    gateway.ask("query Deep { programs { tiers { nodes { program { key } } } } }")
    gateway.http.post("/graphql", content=b"[]", headers={"content-type": "text/plain"})
    gateway.http.post("/graphql", json={}, headers={"authorization": "Bearer nobody"})
    partial, deep, typed, stranger = written.lines(4)
    assert (partial["outcome"], partial["errors"]) == ("partial", {"FORBIDDEN": 1})
    assert (deep["outcome"], deep["errors"]) == ("refused", {"LIMIT_EXCEEDED": 1})
    assert (typed["status"], typed["errors"]) == (415, {"UNSUPPORTED_MEDIA_TYPE": 1})
    assert (stranger["status"], stranger["errors"]) == (401, {"UNAUTHENTICATED": 1})
    assert stranger["caller"] == ""


def test_a_batch_is_one_line(gateway: Gateway, written: WrittenLog) -> None:
    batch = [{"query": TIERS}, {"query": "{"}, {"query": "{ __typename }"}]
    gateway.http.post("/graphql", json=batch, headers={"x-request-id": "r-1"})
    (line,) = written.lines(1)
    assert told(line) == {
        **LINE,
        "operation": "Tiers,,",
        "outcome": "ok,refused,ok",
        "served": "executed,nothing,executed",
        "errors": {"GRAPHQL_PARSE_FAILED": 1},
    }


def test_an_answer_in_parts_is_a_line_when_all_of_it_is_sent(
    gateway: Gateway, written: WrittenLog
) -> None:
    deferred = "query Parts { programs { key ... @defer { tiers { nodes { name } } } } }"
    headers = {"accept": "multipart/mixed, application/json"}
    assert gateway.http.post("/graphql", json={"query": deferred}, headers=headers).is_success
    (line,) = written.lines(1)
    shown = (line["operation"], line["status"], line["outcome"], line["upstream_calls"])
    assert shown == ("Parts", 200, "ok", 2)


def test_parts_that_take_their_time_and_are_all_sent_are_not_hung_up(
    gateway: Gateway, written: WrittenLog, piggy: PiggySandbox
) -> None:
    # Long enough for the gateway to look whether the client is still there.
    piggy.faults.add(Fault(kind="slow", seconds=3 * PATIENCE_SECONDS))
    parts = parts_of(
        gateway, "query Parts { programs { key ... @defer { tiers { nodes { name } } } } }"
    )
    assert not parts[-1]["hasNext"]
    (line,) = written.lines(1)
    assert (line["status"], line["outcome"]) == (200, "ok")


def test_a_client_that_hangs_up_between_two_parts_had_an_answer(
    gateway: Gateway, written: WrittenLog, piggy: PiggySandbox
) -> None:
    piggy.faults.add(Fault(kind="hang"))
    deferred = "{ programs { key ... @defer { tiers { nodes { name } } } } }"
    headers = {"accept": "multipart/mixed"}
    with gateway.http.stream("POST", "/graphql", json={"query": deferred}, headers=headers) as got:
        next(got.iter_raw())
    (line,) = written.lines(1)
    assert (line["status"], line["outcome"]) == (200, "hung_up")


@pytest.mark.parametrize("asked", ["/graphql?query={tiers{nodes{id}}}", "/export/referrals.csv"])
def test_what_is_cut_off_at_the_end_has_failed(
    programs: tuple[ProgramConfig, ...], written: WrittenLog, piggy: PiggySandbox, asked: str
) -> None:
    piggy.faults.add(Fault(kind="hang"))
    with ThreadPoolExecutor(1) as pool:
        with running_gateway(*programs, log=written.log) as gateway:
            pool.submit(Gateway(gateway.origin).http.get, asked)
            until(lambda: piggy.calls)
        (line,) = written.lines(1)
    assert (line["status"], line["outcome"]) == (0, "failed")


def test_what_a_library_logs_comes_with_the_id_of_the_request_and_without_its_texts(
    written: WrittenLog,
) -> None:
    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    level = root.level
    try:
        written.log.take_over()
        REQUEST_ID.set("r-9")
        logging.getLogger("referral_gateway").error("internal error %s", "ab12")
        try:
            raise ValueError("victim@leak.example")
        except ValueError:
            logging.getLogger("uvicorn.error").exception("it failed")
    finally:
        REQUEST_ID.set("")
        root.handlers[:] = before
        root.setLevel(level)
    own, foreign = written.lines(2)
    assert (own["event"], own["level"]) == ("internal error ab12", "error")
    assert own["request_id"] == foreign["request_id"] == "r-9"
    assert foreign["exception"].startswith("ValueError in test_what_a_library_logs")
    assert "victim" not in written.text()


def test_on_a_terminal_it_is_text_for_people() -> None:
    reading, writing = pty.openpty()
    log = Log(writing)
    log.write({"timestamp": "now", "level": "info", "event": "request", "operation": "Tiers"})
    log.flush()
    shown = os.read(reading, 10_000).decode()
    os.close(reading)
    os.close(writing)
    assert "request" in shown
    assert "Tiers" in shown
    assert "{" not in shown


def test_an_issuers_subjects_are_told_by_an_alias() -> None:
    someone = Caller("jwt:victim@leak.example", EVERYTHING)
    assert someone.alias.startswith("jwt:")
    assert "victim" not in someone.alias
    assert someone.alias == Caller("jwt:victim@leak.example", frozenset()).alias
    assert someone.alias != Caller("jwt:another@leak.example", EVERYTHING).alias
    assert Caller("key:dashboard", EVERYTHING).alias == "key:dashboard"
