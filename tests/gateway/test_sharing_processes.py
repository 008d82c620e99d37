"""Gateways as processes of their own, against one budget, while the server comes and goes."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.gateway.configuring import tables, written
from tests.gateway.processes import running, serving
from tests.gateway.test_sharing import TIERS, TOGGLE, shared_cache
from tests.redis_server import RedisServer, needs_redis
from tests.running import NO_TLS, Gateway, program
from tests.waiting import until

pytestmark = needs_redis

# Always a call, as codes are never kept.
CHECK = '{ codeValidations(code: "ABC12345") { nodes { isValid } sources { error { code } } } }'
BURST, A_SECOND = 60, 180 / 60
# More than come in while one is waited for.
CALLERS = BURST + 15


@pytest.fixture
def file(
    tmp_path: Path, redis: RedisServer, pixlpay: PixlpaySandbox, served_pixlpay: Served
) -> Path:
    """The configuration of a program that may make 240 calls a minute."""
    limited = replace(
        program("block-haven", "pixlpay", served_pixlpay.origin, pixlpay.token),
        calls_per_minute=240,
    )
    cache = f"[cache]\nresponse_seconds = 0\nredis_url = {json.dumps(redis.url)}"
    patience = "[upstream]\nexchange_seconds = 2"
    return written(tmp_path, *tables(tmp_path, limited), more=f"{cache}\n{patience}")


@contextmanager
def gateways_of(
    file: Path, number: int, *arguments: str
) -> Iterator[list[tuple[Gateway, subprocess.Popen[str]]]]:
    """So many gateway processes, all begun before the first of them is waited for."""
    serve = ("serve", "--config", str(file), "--port", "0", *arguments)
    with ExitStack() as stack:
        processes = [stack.enter_context(running(*serve)) for _ in range(number)]
        yield [(stack.enter_context(asking(serving(each))), each) for each in processes]


@contextmanager
def asking(origin: str) -> Iterator[Gateway]:
    gateway = Gateway(origin)
    gateway.http.close()
    # Each on a connection of its own: one that idles is closed, maybe as it is used again; and so
    # both workers get some. A worker process says that it is up just before it is.
    gateway.http = httpx.Client(
        base_url=gateway.origin,
        transport=httpx.HTTPTransport(verify=NO_TLS, trust_env=False, retries=5),
        headers={"Connection": "close"},
        timeout=30,
    )
    yield gateway
    gateway.http.close()


@pytest.fixture
def gateways(file: Path) -> Iterator[tuple[Gateway, Gateway]]:
    with gateways_of(file, 2) as ((one, _), (other, _)):
        yield one, other


def hammer(gateways: tuple[Gateway, ...]) -> None:
    """Ask for more than the allowance gives, everywhere at once; what it does not is refused."""

    def check(number: int) -> Any:
        (source,) = gateways[number % len(gateways)].data(CHECK)["codeValidations"]["sources"]
        # The turn may come when there is no time left for the call itself.
        assert source["error"] in (None, {"code": "RATE_LIMITED"}, {"code": "TIMEOUT"})

    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(check, range(CALLERS)))


def test_two_processes_keep_to_one_budget_whatever_becomes_of_the_server(
    gateways: tuple[Gateway, Gateway], redis: RedisServer, pixlpay: PixlpaySandbox
) -> None:
    began = time.monotonic()

    def allowed() -> float:
        return BURST + A_SECOND * (time.monotonic() - began) + 1

    until(lambda: [shared_cache(gateway) for gateway in gateways] == ["up", "up"])
    hammer(gateways)
    together = pixlpay.count("/validate")
    assert BURST <= together <= allowed()

    redis.kill()
    hammer(gateways)
    assert [shared_cache(gateway) for gateway in gateways] == ["down", "down"]
    alone = pixlpay.count("/validate")
    assert together < alone <= allowed()

    redis.start()
    until(lambda: [shared_cache(gateway) for gateway in gateways] == ["up", "up"])
    hammer(gateways)
    assert alone < pixlpay.count("/validate") <= allowed()


def test_a_change_in_one_process_is_seen_in_the_other(
    gateways: tuple[Gateway, Gateway], pixlpay: PixlpaySandbox
) -> None:
    one, other = gateways
    (before, *_) = other.data(TIERS)["program"]["tiers"]["nodes"]
    assert one.data(TIERS) == other.data(TIERS)
    assert pixlpay.count("/tiers", "GET") == 1
    one.data(TOGGLE, {"id": before["id"]})
    until(
        lambda: (
            other.data(TIERS)["program"]["tiers"]["nodes"][0]["isActive"] is not before["isActive"]
        )
    )


def test_a_process_that_dies_while_it_reads_for_all_is_relieved(
    file: Path, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault(kind="hang", path="/tiers", times=1))
    with (
        gateways_of(file, 2) as ((one, dying), (other, _)),
        ThreadPoolExecutor(2) as pool,
    ):
        lost = pool.submit(one.ask, TIERS)
        until(lambda: pixlpay.count("/tiers") == 1)
        waiting = pool.submit(other.data, TIERS)
        os.killpg(dying.pid, signal.SIGKILL)
        assert waiting.result(30)["program"]["tiers"]["nodes"]
        assert isinstance(lost.exception(30), httpx.TransportError)
    assert pixlpay.count("/tiers") == 2


def test_workers_of_one_machine_share_too(file: Path, pixlpay: PixlpaySandbox) -> None:
    with gateways_of(file, 1, "--workers", "2") as ((gateway, _),):
        until(lambda: shared_cache(gateway) == "up")
        began = time.monotonic()
        hammer((gateway,))
        most = BURST + A_SECOND * (time.monotonic() - began) + 1
        assert BURST <= pixlpay.count("/validate") <= most
