"""`/metrics` of a gateway of several processes: whichever answers tells of all of them."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from adapters._sandbox.serving import Served
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.gateway.configuring import tables, written
from tests.gateway.processes import running, serving
from tests.gateway.scraping import scrape
from tests.running import NO_TLS, Gateway, program

QUERIES = 40
QUERY = "query Tiers { tiers { nodes { name } } }"
COUNT = {"operation": "Tiers", "outcome": "ok", "served": "executed"}


def test_workers_are_told_together_also_of_what_a_dead_one_did(
    tmp_path: Path, served_pixlpay: Served, pixlpay: PixlpaySandbox
) -> None:
    shop = program("block-haven", "pixlpay", served_pixlpay.origin, pixlpay.token)
    (table,) = tables(tmp_path, shop)
    cache = "[cache]\nfresh_seconds = 0\nresponse_seconds = 0"
    file = written(tmp_path, {**table, "calls_per_minute": 6000}, more=cache)
    folder = tmp_path / "temporary"
    folder.mkdir()
    serve = ("serve", "--config", str(file), "--port", "0", "--workers", "2")
    with running(*serve, environment={"TMPDIR": str(folder)}) as process:
        gateway = Gateway(serving(process))
        gateway.http.close()
        # Each on a connection of its own, so that both workers get some.
        gateway.http = httpx.Client(
            base_url=gateway.origin,
            transport=httpx.HTTPTransport(verify=NO_TLS, trust_env=False, retries=5),
            headers={"Connection": "close"},
            timeout=30,
        )
        for _ in range(QUERIES):
            gateway.data(QUERY)
        told = scrape(gateway)
        assert told("operation_seconds_count", **COUNT) == QUERIES
        assert told.labels("upstream_calls_total", "program") == {"block-haven"}
        assert told("upstream_call_seconds_count", program="block-haven") == len(pixlpay.calls)
        # Each has half of the allowance; what one tells of the other may be a second old.
        left = 6000 - len(pixlpay.calls)
        until(lambda: scrape(gateway)("allowance_left_calls", program="block-haven"), left)
        workers = [int(pid) for pid in children(process.pid)]
        os.kill(workers[0], signal.SIGKILL)
        until(lambda: workers[0] not in children(process.pid) and len(children(process.pid)), 2)
        for _ in range(QUERIES):
            gateway.data(QUERY)
        until(lambda: scrape(gateway)("operation_seconds_count", **COUNT), 2 * QUERIES)
        gateway.http.close()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert list(folder.iterdir()) == []


def children(pid: int) -> list[int]:
    """The processes that one has begun and that take requests."""
    return [
        int(child)
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def until(tell: Callable[[], object], expected: object) -> None:
    end = time.monotonic() + 30
    while (told := tell()) != expected:
        assert time.monotonic() < end, told
        time.sleep(0.1)
