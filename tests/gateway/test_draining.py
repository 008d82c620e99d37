"""SIGTERM: what is under way is answered, nothing new is taken, and the process is gone in time."""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.http.draining import DRAIN_SECONDS
from tests.gateway.configuring import tables, written
from tests.gateway.http.connections import posted
from tests.gateway.http.repeated import client_of
from tests.gateway.processes import running, serving
from tests.running import NO_TLS, Gateway
from tests.waiting import until

CALLERS = 16
MOST_SECONDS = 25
"""Half of what a provider would be waited for otherwise; the figure is DRAIN_SECONDS."""

# Nothing is kept, so that every operation asks the providers.
CONFIGURATION = """
[cache]
fresh_seconds = 0
response_seconds = 0

[upstream]
read_seconds = 60
exchange_seconds = 60
operation_seconds = 60
"""
TIERS = "{ tiers { nodes { name } sources { program { key } status error { code } } } }"
TIER = '{ program(key: "block-haven") { tiers { nodes { id } } } }'
TOGGLE = """mutation ($id: ID!) { tierToggle(id: $id) { errors {
  ... on ProviderFailureError { mayHaveTakenEffect error { code } } } } }"""

workers = pytest.mark.parametrize("workers", [1, 2], ids=["alone", "by two"])


def asked(http: httpx.Client, query: str, variables: object = None) -> httpx.Response:
    return http.post("/graphql", json={"query": query, "variables": variables})


def told(answer: httpx.Response) -> list[tuple[str, str | None]]:
    """How each program contributed."""
    sources = answer.json()["data"]["tiers"]["sources"]
    return [(source["status"], (source["error"] or {}).get("code")) for source in sources]


class Server:
    """A gateway process under the load of several callers."""

    def __init__(self, process: subprocess.Popen[str], threads: ThreadPoolExecutor) -> None:
        self.process = process
        self.origin = serving(process)
        self.threads = threads

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.origin, verify=NO_TLS, trust_env=False, timeout=60) as http:
            yield http

    def ask_once(self, query: str = TIERS, variables: object = None) -> Future[httpx.Response]:
        def call() -> httpx.Response:
            with self.client() as http:
                return asked(http, query, variables)

        return self.threads.submit(call)

    def keep_asking(self) -> Future[list[httpx.Response]]:
        """One operation after another over one connection, until the gateway closes it."""

        def call() -> list[httpx.Response]:
            answers: list[httpx.Response] = []
            with self.client() as http:
                while not answers or answers[-1].headers.get("connection") != "close":
                    answers.append(asked(http, TIERS))
            return answers

        return self.threads.submit(call)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self._terminated = time.monotonic()

    def refuses(self) -> bool:
        """Whether nobody takes new connections any more."""
        with self.client() as http:
            try:
                http.get("/healthz")
            except httpx.ConnectError:
                return True
            except httpx.TransportError:
                pass  # taken up at the last moment
        return False

    def ended(self) -> tuple[float, str]:
        """How long after the signal it was gone, and what it had logged."""
        _, logged = self.process.communicate(timeout=60)
        return time.monotonic() - self._terminated, logged


Start = Callable[..., AbstractContextManager[list[Server]]]


@pytest.fixture
def start(programs: tuple[ProgramConfig, ...], tmp_path: Path) -> Start:
    file = written(tmp_path, *tables(tmp_path, *programs), more=CONFIGURATION)

    @contextmanager
    def started(*workers: int) -> Iterator[list[Server]]:
        """A gateway for each number of workers, all begun before the first is waited for."""
        serve = ("serve", "--config", str(file), "--port", "0", "--workers")
        with ExitStack() as stack:
            processes = [stack.enter_context(running(*serve, str(number))) for number in workers]
            threads = stack.enter_context(ThreadPoolExecutor(CALLERS))
            yield [Server(process, threads) for process in processes]

    return started


@workers
def test_under_load_no_operation_fails_and_nothing_new_is_taken(
    workers: int, start: Start, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.latency_seconds = 0.3
    with start(workers) as (server,):
        under_load = [server.keep_asking() for _ in range(CALLERS)]
        until(lambda: len(pixlpay.calls) >= 2 * CALLERS, seconds=20)
        server.terminate()
        until(server.refuses, seconds=20)
        answers = [answer for load in under_load for answer in load.result()]
        seconds, logged = server.ended()
    assert len(answers) >= 2 * CALLERS
    for answer in answers:
        assert answer.status_code == 200
        assert told(answer) == [("FRESH", None), ("FRESH", None)]
    assert seconds < MOST_SECONDS
    assert "Traceback" not in logged
    assert "Cancel" not in logged


def test_a_request_that_came_before_is_answered_and_ends_its_connection(
    start: Start, pixlpay: PixlpaySandbox
) -> None:
    with start(1) as (server,), client_of(Gateway(server.origin)) as client:
        before = client.learn(posted(TIERS))
        count = pixlpay.count()
        pixlpay.faults.add(Fault("hang"))
        asked = server.threads.submit(client.send, posted(TIERS))
        until(lambda: pixlpay.count() == count + 1)
        server.terminate()
        until(server.refuses, seconds=20)
        pixlpay.faults.clear()
        after = asked.result()
        _, logged = server.ended()
    assert (after.status, after.body) == (before.status, before.body)
    assert after.headers["connection"] == "close"
    assert "Traceback" not in logged


def test_a_provider_that_hangs_is_given_up_and_the_others_answers_are_told(
    start: Start, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    with start(1, 2) as servers:
        with servers[0].client() as http:
            tier = asked(http, TIER).json()["data"]["program"]["tiers"]["nodes"][0]["id"]
        pixlpay.forget_calls()
        pixlpay.faults.add(Fault("hang"))
        reads = [server.ask_once() for server in servers for _ in range(4)]
        changes = [server.ask_once(TOGGLE, {"id": tier}) for server in servers]
        until(lambda: pixlpay.count("/toggle") == 2 and pixlpay.count("/tiers") == 8, seconds=20)
        for server in servers:
            server.terminate()
        for read in reads:
            assert told(read.result()) == [("FRESH", None), ("FAILED", "TIMEOUT")]
        for change in changes:
            (error,) = change.result().json()["data"]["tierToggle"]["errors"]
            assert error == {"mayHaveTakenEffect": True, "error": {"code": "TIMEOUT"}}
        for server in servers:
            seconds, logged = server.ended()
            assert seconds < MOST_SECONDS
            assert "Traceback" not in logged
            assert "Cancel" not in logged


def test_what_goes_on_behind_answers_keeps_nobody_waiting(
    start: Start, piggy: PiggySandbox, pixlpay: PixlpaySandbox, tmp_path: Path
) -> None:
    file = next(tmp_path.glob("*.toml"))
    file.write_text(re.sub("fresh_seconds = 0\n", "fresh_seconds = 0.01\n", file.read_text()))
    with start(1) as (server,):
        with server.client() as http:
            asked(http, TIERS)
            pixlpay.faults.add(Fault("hang"))
            until(
                lambda: told(asked(http, TIERS))[1][0] == "STALE" and pixlpay.count() > 1,
                seconds=20,
            )
        server.terminate()
        seconds, logged = server.ended()
    assert seconds < DRAIN_SECONDS
    assert "Traceback" not in logged
