"""Lists as CSV: the API's own data, whole or visibly not."""

import csv
import threading
import time
from dataclasses import replace
from io import StringIO
from typing import Any

import httpx
import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served, serve_in_thread
from adapters.contract.connecting import STEADY
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, LimitsConfig, ReportsConfig
from gateway.http.export_tables import EXPORTS
from gateway.http.exports import MOST_TRIES
from tests.gateway.access.callers import PEOPLE, READ, Keys
from tests.gateway.scraping import scrape
from tests.gateway.telemetry.logging_to import Logs
from tests.running import Gateway, program, running_gateway
from tests.waiting import until


def table(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(StringIO(answer.text)))


def exported(gateway: Gateway, name: str, **params: str) -> list[dict[str, str]]:
    return table(gateway.http.get(f"/export/{name}.csv", params=params))


@pytest.mark.parametrize("name", EXPORTS)
def test_a_list_has_a_file(gateway: Gateway, name: str) -> None:
    answer = gateway.http.get(f"/export/{name}.csv")
    rows = table(answer)
    assert rows
    assert set(rows[0]) == set(EXPORTS[name].columns)
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'


def test_every_referral_is_in_it_once_a_page_a_call(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    rows = exported(gateway, "referrals")
    assert piggy.count() + pixlpay.count() <= 2 + len(rows) // 50
    assert len({row["id"] for row in rows}) == len(rows)
    total = gateway.data("{ statistics { totalReferrals } }")["statistics"]["totalReferrals"]
    assert len(rows) == total
    query = '{ referrals(first: 1, programs: ["block-haven"]) { nodes { id referredAt status } } }'
    (first,) = gateway.data(query)["referrals"]["nodes"]
    (same,) = [row for row in rows if row["id"] == first["id"]]
    assert (same["referred_at"], same["status"]) == (first["referredAt"], first["status"])


def test_programs_can_be_chosen(gateway: Gateway, piggy: PiggySandbox) -> None:
    rows = exported(gateway, "referrals", programs="block-haven")
    assert {row["program"] for row in rows} == {"block-haven"}
    assert piggy.count() == 0
    refused = gateway.http.get("/export/referrals.csv", params={"programs": "nobody"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "UNKNOWN_PROGRAM"


def test_a_formula_is_text(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    body = (
        '{"data": [{"id": 1, "name": "x", "email": "=cmd|A1", "status": "pending", "referrer":'
        ' {"id": 2, "name": "y", "email": "@SUM(A1)", "referral_code": "z"}}]}'
    )
    pixlpay.faults.add(Fault("wrong_shape", path="/referrals", body=body, times=1))
    (row,) = exported(gateway, "referrals", programs="block-haven")
    assert (row["referred_email"], row["referrer_email"]) == ("'=cmd|A1", "'@SUM(A1)")


def test_what_cannot_begin_is_refused(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    pixlpay.faults.add(Fault("status", status=503))
    answer = gateway.http.get("/export/referrals.csv")
    assert answer.status_code == 503
    assert "block-haven" in answer.json()["errors"][0]["message"]


def test_a_program_that_fails_for_a_moment_is_asked_again(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    whole = exported(gateway, "referrals", programs="block-haven")
    pixlpay.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=1))
    pixlpay.faults.add(Fault("status", status=503, path="/referrals", times=1))
    assert exported(gateway, "referrals", programs="block-haven") == whole


def test_what_does_not_come_back_is_visibly_missing(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=1))
    pixlpay.faults.add(Fault("status", status=503, path="/referrals", retry_after=0))
    with pytest.raises(httpx.RemoteProtocolError):
        gateway.http.get("/export/referrals.csv", params={"programs": "block-haven"})
    assert pixlpay.count("/referrals") == 1 + 1 + MOST_TRIES


NO_ADDRESSES = Fault(
    "wrong_shape",
    path="/referrals",
    body='{"data": [{"id": 1, "status": "pending", "referrer": {"id": 2}, "referred": {"id": 3}}]}',
)


def test_without_values_that_have_to_be_looked_up_it_does_not_begin(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(NO_ADDRESSES)
    pixlpay.faults.add(Fault("status", status=503, path="/customers"))
    answer = gateway.http.get("/export/referrals.csv")
    assert answer.status_code == 503
    (error,) = answer.json()["errors"]
    assert error["message"].count("block-haven") == 1


def test_later_they_are_looked_up_again(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=1))
    pixlpay.faults.add(NO_ADDRESSES)
    pixlpay.faults.add(Fault("status", status=503, path="/customers", times=2, retry_after=0))
    *_, row = exported(gateway, "referrals", programs="block-haven")
    assert "@" in row["referrer_email"]
    assert "@" in row["referred_email"]
    assert pixlpay.count("/customers/2") == 2


def sent_before_the_end(gateway: Gateway, url: str) -> list[dict[str, str]]:
    """The rows of an answer that is broken off, the last of them whole too."""
    parts: list[str] = []
    with gateway.http.stream("GET", url) as answer, pytest.raises(httpx.RemoteProtocolError):
        parts.extend(answer.iter_text())
    text = "".join(parts)
    assert text.endswith("\r\n")
    return list(csv.DictReader(StringIO(text)))


def test_what_fails_on_its_third_page_is_broken_off_there() -> None:
    pixlpay = PixlpaySandbox(referrals=350, calls_per_minute=None)
    pixlpay.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=2))
    pixlpay.faults.add(Fault("status", status=503, path="/referrals", retry_after=0))
    with (
        serve_in_thread(pixlpay) as served,
        running_gateway(program("block", "pixlpay", served.origin, pixlpay.token)) as gateway,
    ):
        rows = sent_before_the_end(gateway, "/export/referrals.csv")
    assert len({row["id"] for row in rows}) == len(rows) == 200


def test_the_others_are_told_before_it_is_broken_off(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=1))
    pixlpay.faults.add(Fault("status", status=503, path="/referrals", retry_after=0))
    rows = sent_before_the_end(gateway, "/export/referrals.csv")
    programs = [row["program"] for row in rows]
    assert programs.count("coral-avenue") == len(piggy.referral_keys())
    assert 0 < programs.count("block-haven") < len(pixlpay.referral_keys())


def test_what_is_refused_half_way_is_broken_off(
    served_pixlpay: Served, pixlpay: PixlpaySandbox
) -> None:
    # While it waits for what failed somebody else takes the one place, and keeps it.
    pixlpay.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=1))
    pixlpay.faults.add(Fault("hang", path="/statistics"))
    pixlpay.faults.add(Fault("status", status=503, path="/referrals", retry_after=2))
    block = program("block", "pixlpay", served_pixlpay.origin, pixlpay.token)
    demand = LimitsConfig(concurrency=1, queue=0)
    with running_gateway(block, demand=demand) as gateway:

        def take_the_place() -> None:
            query = "{ statistics { totalReferrals } }"
            while gateway.http.post("/graphql", json={"query": query}).status_code == 503:
                pass

        taking = threading.Thread(target=take_the_place)
        with gateway.http.stream("GET", "/export/referrals.csv") as answer:
            parts = answer.iter_text()
            next(parts)
            taking.start()
            with pytest.raises(httpx.RemoteProtocolError):
                list(parts)
        pixlpay.faults.clear()
        taking.join(60)
    assert pixlpay.count("/statistics") == 1
    assert pixlpay.count("/referrals") < 1 + 1 + MOST_TRIES


def test_pages_count_as_requests_and_wait_until_there_is_room() -> None:
    piggy = PiggySandbox(referrals=150, calls_per_minute=None)
    with serve_in_thread(piggy) as served:
        coral = program("coral", "piggy", served.origin, piggy.token)
        # The first of the two pages takes all, as its people might have to be looked up.
        with running_gateway(coral, demand=LimitsConfig(requests_per_minute=40)) as gateway:
            begun = time.monotonic()
            rows = exported(gateway, "referrals")
            assert time.monotonic() - begun >= 60 / 40
            refused = gateway.http.get("/export/referrals.csv")
    assert len(rows) == 150
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"]["limit"] == "requests_per_minute"


def test_a_board_of_a_part_of_the_referrals_is_refused_until_it_is_whole() -> None:
    piggy = PiggySandbox(referrals=350, calls_per_minute=None)
    reports = ReportsConfig(walk_pages=1)
    with serve_in_thread(piggy) as served:
        coral = program("coral", "piggy", served.origin, piggy.token)
        with running_gateway(coral, reports=reports) as gateway:
            refused = gateway.http.get("/export/top-referrers.csv")
            assert refused.status_code == 503
            assert "coral" in refused.json()["errors"][0]["message"]
        piggy.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=2))
        piggy.faults.add(Fault("status", status=503, path="/referrals"))
        with running_gateway(coral) as gateway:
            assert gateway.http.get("/export/top-referrers.csv").status_code == 503
        piggy.faults.clear()
        # What is kept is walked to its end behind the refusal.
        with running_gateway(coral, cache=CacheConfig(), reports=reports) as gateway:
            until(lambda: gateway.http.get("/export/top-referrers.csv").status_code == 200)
            rows = exported(gateway, "top-referrers")
            query = "{ topReferrers(limit: 100) { entries { totalReferrals } } }"
            best = gateway.data(query)["topReferrers"]["entries"]
    assert [int(row["total_referrals"]) for row in rows] == [e["totalReferrals"] for e in best]
    assert piggy.count("/referrals") == 1 + 3 + 4


def test_old_rows_are_not_passed_off_as_new(
    programs: tuple[ProgramConfig, ...], pixlpay: PixlpaySandbox
) -> None:
    # Everything is old at once, and a file has no place to say so.
    cache = CacheConfig(fresh_seconds=1e-9, response_seconds=0)
    params = {"programs": "block-haven"}
    with running_gateway(*programs, cache=cache) as gateway:
        rows = exported(gateway, "referrals", **params)
        pixlpay.faults.add(Fault("status", status=503, path="/referrals"))
        url = "/export/referrals.csv"
        until(lambda: gateway.http.get(url, params=params).status_code == 503)
        refused = gateway.http.get(url, params=params)
        assert "block-haven" in refused.json()["errors"][0]["message"]
        pixlpay.faults.clear()
        until(lambda: gateway.http.get(url, params=params).status_code == 200)
        assert exported(gateway, "referrals", **params) == rows


def test_old_rows_of_a_later_page_break_it_off(
    programs: tuple[ProgramConfig, ...], pixlpay: PixlpaySandbox
) -> None:
    cache = CacheConfig(fresh_seconds=1e-9, response_seconds=0)
    with running_gateway(*programs, cache=cache, limits=replace(STEADY, renewed=0.0)) as gateway:
        exported(gateway, "referrals", programs="block-haven")
        pixlpay.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=1))
        pixlpay.faults.add(Fault("status", status=503, path="/referrals", retry_after=0))
        rows = sent_before_the_end(gateway, "/export/referrals.csv?programs=block-haven")
    assert len(rows) == 100


def test_a_caller_without_the_scope_is_refused(programs: tuple[ProgramConfig, ...]) -> None:
    keys = Keys().add("nobody", frozenset())
    with running_gateway(*programs, access=keys.config) as gateway:
        headers = keys.headers("nobody")
        refused = gateway.http.get("/export/referrals.csv", headers=headers)
        assert refused.status_code == 403
        assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_other_addresses_and_methods_are_refused(gateway: Gateway) -> None:
    assert gateway.http.get("/export/secrets.csv").status_code == 404
    refused = gateway.http.post("/export/referrals.csv")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    foreign = gateway.http.get("/export/claims.csv", headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403


def test_the_rules_of_access_hold(programs: tuple[ProgramConfig, ...]) -> None:
    keys = Keys().add("people", PEOPLE, "block-haven").add("reader", READ)
    with running_gateway(*programs, access=keys.config) as gateway:

        def ask(name: str) -> list[dict[str, str]]:
            answer = gateway.http.get("/export/referrals.csv", headers=keys.headers(name))
            return table(answer)

        assert gateway.http.get("/export/referrals.csv").status_code == 401
        assert {row["program"] for row in ask("people")} == {"block-haven"}
        rows = ask("reader")
        assert {row["program"] for row in rows} == {"block-haven", "coral-avenue"}
        assert {row["referrer_email"] for row in rows} == {""}


def test_a_file_is_told_in_log_and_metrics_like_an_operation(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, pixlpay: PixlpaySandbox, logs: Logs
) -> None:
    with running_gateway(*programs, log=logs.written.log) as gateway:
        exported(gateway, "referrals")
        calls = piggy.count() + pixlpay.count()
        gateway.http.get("/export/nothing.csv")
        pixlpay.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=1))
        pixlpay.faults.add(Fault("status", status=503, path="/referrals", retry_after=0))
        with pytest.raises(httpx.RemoteProtocolError):
            gateway.http.get("/export/referrals.csv", params={"programs": "block-haven"})
        gateway.http.get("/export/referrals.csv", params={"programs": "block-haven"})
        whole, unknown, broken, failed = logs.written.lines(4)
        told = scrape(gateway)

    def shown(line: dict[str, Any]) -> tuple[Any, ...]:
        return line["operation"], line["status"], line["outcome"], line["errors"]

    name = "export/referrals"
    assert shown(whole) == (name, 200, "ok", {})
    assert whole["upstream_calls"] == calls <= whole["cost"]
    assert shown(unknown) == ("", 404, "refused", {"NOT_FOUND": 1})
    assert shown(broken) == (name, 200, "failed", {"UNAVAILABLE": 1})
    assert shown(failed) == (name, 503, "failed", {"UNAVAILABLE": 1})
    for outcome, count in (("ok", 1), ("failed", 2)):
        about = {"operation": name, "outcome": outcome, "served": "executed"}
        assert told("operation_seconds_count", **about) == count


def test_who_does_not_wait_for_a_file_has_hung_up(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, logs: Logs
) -> None:
    with running_gateway(*programs, log=logs.written.log) as gateway:
        piggy.faults.add(Fault("hang"))
        with pytest.raises(httpx.ReadTimeout):
            gateway.http.get("/export/referrals.csv", timeout=0.5)
        (line,) = logs.written.lines(1)
    assert (line["status"], line["outcome"]) == (0, "hung_up")
