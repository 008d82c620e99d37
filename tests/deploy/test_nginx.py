"""The port of the compose file, with its own configuration before gateways that run here."""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from adapters._sandbox.faults import Fault
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import LimitsConfig
from tests.gateway.http.parts import merged
from tests.running import Gateway, running_gateway

CONFIGURATION = Path(__file__).parents[2] / "deploy/nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

QUERY = "{ programs { key } }"


@contextmanager
def proxied(folder: Path, *gateways: Gateway) -> Iterator[Gateway]:
    """nginx over gateways, with the addresses of this machine in place of those in containers."""
    servers = " ".join(
        f"server {gateway.origin.removeprefix('http://')} max_fails=1 fail_timeout=2s;"
        for gateway in gateways
    )
    # It takes a socket that is listened on already, so that nobody comes too early.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "{}:{}".format(*listener.getsockname())
        text = CONFIGURATION.read_text(encoding="utf-8")
        for pattern, here in (
            (r"resolver .+\n", ""),
            (r"server gateway:8000 resolve .+\n", f"{servers}\n"),
            (r"listen 8080;", f"listen {address};"),
        ):
            text, times = re.subn(pattern, here, text)
            assert times == 1, pattern
        file = folder / "nginx.conf"
        file.write_text(text.replace("/tmp/", f"{folder}/"))  # noqa: S108 - the container's
        directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        process = subprocess.Popen(
            [str(NGINX), "-p", folder, "-e", "stderr", "-c", file, "-g", directives],
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
    gateway = Gateway(f"http://{address}")
    try:
        yield gateway
    finally:
        gateway.http.close()
        process.terminate()
        _, errors = process.communicate(timeout=30)
        assert "[emerg]" not in errors, errors


@pytest.fixture
def proxy(tmp_path: Path, gateway: Gateway) -> Iterator[Gateway]:
    """The port over one gateway."""
    with proxied(tmp_path, gateway) as proxy:
        yield proxy


def test_a_part_comes_through_while_the_next_is_waited_for(
    proxy: Gateway, pixlpay: PixlpaySandbox
) -> None:
    slow = 'program(key: "block-haven") { statistics { totalReferrals } }'
    asked = {"query": f"{{ programs {{ key }} ... @defer {{ {slow} }} }}"}
    pixlpay.faults.add(Fault("hang"))
    accept = {"accept": "multipart/mixed"}
    with proxy.http.stream("POST", "/graphql", json=asked, headers=accept) as response:
        chunks = response.iter_raw()
        told = b""
        while b'"hasNext":true' not in told:
            told += next(chunks)
        assert b'"hasNext":false' not in told
        pixlpay.faults.clear()
        told += b"".join(chunks)
    bodies = re.findall(rb"^\{.+\}$", told.replace(b"\r\n", b"\n"), re.MULTILINE)
    whole = merged([json.loads(body) for body in bodies])
    assert whole["data"]["program"]["statistics"]["totalReferrals"] > 0


def test_who_asks_is_told_by_the_proxy_and_not_by_the_client(
    proxy: Gateway, gateway: Gateway
) -> None:
    # This gateway is open, and so answers its own machine alone.
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    assert gateway.ask(QUERY, headers=elsewhere).http.status_code == 403
    assert proxy.ask(QUERY, headers=elsewhere).http.status_code == 200


def test_the_name_and_the_origin_that_were_asked_come_through(proxy: Gateway) -> None:
    assert proxy.ask(QUERY, headers={"Host": "gateway.example.com"}).http.status_code == 421
    assert proxy.ask(QUERY, headers={"Origin": proxy.origin}).http.status_code == 200
    elsewhere = proxy.ask(QUERY, headers={"Origin": "http://gateway.example.com"})
    assert elsewhere.http.status_code == 403


def test_what_is_too_large_is_refused_by_the_gateway_with_its_code(proxy: Gateway) -> None:
    limits = LimitsConfig()
    assert proxy.http.get("/graphql", params={"query": QUERY, "more": "a" * 50_000}).is_success
    answer = proxy.ask(QUERY + " " * limits.body_bytes)
    assert answer.errors[0]["extensions"]["code"] == "LIMIT_EXCEEDED"


def test_one_gateway_that_goes_is_not_missed(
    tmp_path: Path, programs: tuple[ProgramConfig, ...]
) -> None:
    with ExitStack() as stack:
        stays = stack.enter_context(running_gateway(*programs))
        with ExitStack() as while_it_is_there:
            goes = while_it_is_there.enter_context(running_gateway(*programs))
            proxy = stack.enter_context(proxied(tmp_path, stays, goes))
            assert [asked_by_get(proxy) for _ in range(8)] == [200] * 8
        assert [asked_by_get(proxy) for _ in range(20)] == [200] * 20


def asked_by_get(gateway: Gateway) -> int:
    return gateway.http.get("/graphql", params={"query": QUERY}).status_code
