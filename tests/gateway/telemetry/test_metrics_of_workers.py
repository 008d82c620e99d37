"""`/metrics` of a gateway of several processes: whichever answers tells of all of them."""

import os
import signal
from pathlib import Path

import httpx

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served
from adapters.limits import CircuitLimits
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.gateway.configuring import tables, written
from tests.gateway.processes import children, running, serving
from tests.gateway.scraping import scrape
from tests.gateway.telemetry.addresses import free_address
from tests.running import NO_TLS, Gateway, program
from tests.waiting import until

QUERIES = 40
ROUNDS = 6
FAILURES = 2 * CircuitLimits().in_a_row
FAILING = '{ program(key: "block-haven") { codeValidation(code: "ABC12345") { isValid } } }'
QUERY = "query Tiers { tiers { nodes { name } } }"
COUNT = {"operation": "Tiers", "outcome": "ok", "served": "executed"}


def test_workers_are_told_together_also_of_what_a_dead_one_did(
    tmp_path: Path, served_pixlpay: Served, pixlpay: PixlpaySandbox
) -> None:
    shop = program("block-haven", "pixlpay", served_pixlpay.origin, pixlpay.token)
    (table,) = tables(tmp_path, shop)
    cache = "[cache]\nfresh_seconds = 0\nresponse_seconds = 0"
    address = free_address()
    more = f'{cache}\n[metrics]\naddress = "{address}"'
    file = written(tmp_path, {**table, "calls_per_minute": 6000}, more=more)
    folder = tmp_path / "temporary"
    folder.mkdir()
    serve = ("serve", "--config", str(file), "--port", "0", "--workers", "2")
    with running(*serve, environment={"TMPDIR": str(folder)}) as process:
        gateway, own = unsteady(serving(process)), unsteady(f"http://{address}")
        for _ in range(QUERIES):
            gateway.data(QUERY)
        # A client has its answer a moment before it is counted.
        until(lambda: scrape(own)("operation_seconds_count", **COUNT) == QUERIES)
        told = scrape(own)
        assert told.labels("upstream_calls_total", "program") == {"block-haven"}
        assert told("upstream_call_seconds_count", program="block-haven") == len(pixlpay.calls)
        # Each has half of the allowance; what one tells of the other may be a second old.
        left = 6000 - len(pixlpay.calls)
        until(lambda: scrape(own)("allowance_left_calls", program="block-haven") == left)
        everything_is_counted(gateway, own, pixlpay)
        workers = [int(pid) for pid in children(process.pid)]
        os.kill(workers[0], signal.SIGKILL)
        until(lambda: workers[0] not in children(process.pid) and len(children(process.pid)) == 2)
        for _ in range(QUERIES):
            gateway.data(QUERY)
        until(lambda: scrape(own)("operation_seconds_count", **COUNT) == 2 * QUERIES)
        failures_are_counted(gateway, own, pixlpay)
        assert gateway.http.get("/metrics").status_code == 404
        gateway.http.close()
        own.http.close()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert list(folder.iterdir()) == []


def everything_is_counted(gateway: Gateway, own: Gateway, pixlpay: PixlpaySandbox) -> None:
    """Each metric that the first queries did not tell is the sum of what both workers saw."""
    before = scrape(own)
    calls = len(pixlpay.calls)
    for _ in range(ROUNDS):
        gateway.data("query Twice { a: tiers { nodes { id } } b: tiers { nodes { id } } }")
        gateway.ask(f"query Deep {'{ programs' * 20} {{ key }} {'}' * 20}")
        gateway.http.get("/export/claims.csv")

    def more(name: str, **labels: str) -> float:
        return (scrape(own)(name, **labels) or 0) - (before(name, **labels) or 0)

    about = {"operation": "export/claims", "outcome": "ok", "served": "executed"}
    until(lambda: more("operation_seconds_count", **about) == ROUNDS)
    until(lambda: more("loads_saved_total") == ROUNDS)
    until(lambda: more("limited_total", limit="depth") == ROUNDS)
    calls = len(pixlpay.calls) - calls
    assert more("upstream_reads_total", program="block-haven", by="called") == calls
    told = scrape(own)
    for state in ("circuit_open", "upstream_queue_calls"):
        assert told(state, program="block-haven") == 0


def failures_are_counted(gateway: Gateway, own: Gateway, pixlpay: PixlpaySandbox) -> None:
    """One of the two must open its circuit when so many calls fail, and either tells of it."""
    pixlpay.faults.add(Fault("status", status=500))
    for _ in range(FAILURES):
        gateway.ask(FAILING)
    until(lambda: scrape(own)("circuit_open", program="block-haven") == 1)
    told = scrape(own)
    endpoint = {"program": "block-haven", "endpoint": "POST /referrals/validate"}
    failed = told("upstream_calls_total", outcome="UNAVAILABLE", **endpoint) or 0
    held_back = told("upstream_calls_total", outcome="HELD_BACK", **endpoint) or 0
    assert failed == pixlpay.count("/referrals/validate")
    assert failed + held_back == FAILURES


def unsteady(origin: str) -> Gateway:
    """A gateway that is asked over a new connection each time, so that both workers get some."""
    gateway = Gateway(origin)
    gateway.http.close()
    gateway.http = httpx.Client(
        base_url=origin,
        transport=httpx.HTTPTransport(verify=NO_TLS, trust_env=False, retries=5),
        headers={"Connection": "close"},
        timeout=30,
    )
    return gateway
