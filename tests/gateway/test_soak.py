"""Operations over mixed faults for a while: nothing piles up. `make soak` makes it ten times as
many."""

import itertools
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from adapters._sandbox.app import Sandbox
from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from tests.gateway.configuring import tables, written
from tests.gateway.faults.kinds import SOCKETS, SWITCHES
from tests.gateway.faults.rawserver import Connection, RawServer, raw_server
from tests.gateway.faults.scripts import answer, sends
from tests.gateway.processes import running, serving
from tests.running import NO_TLS, program

OPERATIONS = 20_000 if "SOAK" in os.environ else 2_000
WARM_UP = 200
BATCH = 50
CALLERS = 8

MOST_GROWTH = 20 * 1024 * 1024
# Which of its connections to providers a gateway keeps for the next calls is a matter of chance.
KEPT_CONNECTIONS = 3 * CALLERS

# glibc otherwise keeps what an answer of 8 MB took for the next one: free, but counted as held.
GIVES_BACK = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}

LIMITS = """
[upstream]
connect_seconds = 0.2
read_seconds = 0.2
exchange_seconds = 0.2
operation_seconds = 1.0

[cache]
fresh_seconds = 0.02
response_seconds = 0.02

[reports]
fresh_seconds = 0.05
"""

READS = [
    "{ tiers { nodes { name } sources { status } } }",
    "{ referrals(first: 20) { nodes { id referrer { email } } sources { status } } }",
    "{ statistics { totalReferrals sources { status } } }",
    "{ leaderboard(limit: 5) { entries { person { name } } sources { status } } }",
    '{ people(email: "nobody@example.com") { nodes { id } sources { status } } }',
    '{ codeValidations(code: "ABC12345") { nodes { isValid } sources { status } } }',
    '{ program(key: "block-haven") { settings { isEnabled } health { status } } }',
    "{ tiers { nodes { unknown } } }",
]
FAILURES = "{ tiers { sources { program { key } error { message } } } }"
TIER = '{ program(key: "block-haven") { tiers { nodes { id } } } }'
CHANGE = "mutation ($id: ID!) { tierToggle(id: $id) { errors { message } } }"

# Once at a time, and not what shuts a program for as long as all this takes.
SWITCHED = [
    msgspec.structs.replace(kind.fault, times=1)
    for kind in SWITCHES.values()
    if kind.fault and kind.fault.retry_after is None
]
SCRIPTS = [kind.script for kind in SOCKETS.values() if kind.script]


@dataclass(frozen=True)
class Held:
    """What a process holds: bytes of memory, open files and connections, unfinished tasks."""

    memory: int
    files: int
    tasks: dict[str, int]

    @classmethod
    def by(cls, process: subprocess.Popen[str]) -> "Held":
        """What it holds now."""
        folder = Path(f"/proc/{process.pid}")
        process.send_signal(signal.SIGUSR1)
        assert process.stdout is not None
        return cls(
            int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
            len(list((folder / "fd").iterdir())),
            json.loads(process.stdout.readline()),
        )


def held_at_rest(process: subprocess.Popen[str], tasks: dict[str, int]) -> Held:
    """What it holds once no more than these tasks are left, or after a while all the same."""
    end = time.monotonic() + 10
    while (held := Held.by(process)).tasks != tasks and time.monotonic() < end:
        time.sleep(0.05)
    return held


class Callers:
    """Several who ask at once over connections that they keep, and who hang up now and then."""

    def __init__(self, origin: str, threads: ThreadPoolExecutor) -> None:
        self.http = httpx.Client(base_url=origin, verify=NO_TLS, trust_env=False, timeout=30)
        self._threads = threads

    def ask(self, query: str, variables: object = None) -> httpx.Response:
        response = self.http.post("/graphql", json={"query": query, "variables": variables})
        assert response.status_code == 200, response.text
        assert "INTERNAL_SERVER_ERROR" not in response.text
        return response

    def hang_up(self, query: str) -> None:
        try:
            self.http.post("/graphql", json={"query": query}, timeout=0.02)
        except httpx.TimeoutException:
            return

    def all_at_once(self, asked: list[str], tier: str, hung_up_on: str) -> None:
        under_way: list[Future[Any]] = [
            self._threads.submit(self.hang_up, hung_up_on),
            self._threads.submit(self.ask, CHANGE, {"id": tier}),
            *(self._threads.submit(self.ask, query) for query in asked),
        ]
        for call in under_way:
            call.result()


class Soak:
    """Mixed faults at three programs while they are asked."""

    def __init__(self, callers: Callers, sandboxes: list[Sandbox], raw: RawServer) -> None:
        self._callers = callers
        self._sandboxes = sandboxes
        self._raw = raw
        self._chance = random.Random(4)
        self._scripts = itertools.cycle(SCRIPTS)
        self._good = sends(answer())
        self._tier = callers.ask(TIER).json()["data"]["program"]["tiers"]["nodes"][0]["id"]

    def go_on(self, operations: int) -> None:
        """So many operations, a fault of each kind now and then."""
        for _ in range(operations // BATCH):
            self._batch([self._chance.choice(SWITCHED) for _ in self._sandboxes])

    def _batch(self, faults: list[Fault]) -> None:
        for sandbox, fault in zip(self._sandboxes, faults, strict=True):
            sandbox.faults.add(fault)
        fault_of_sockets = next(self._scripts)
        connections = itertools.count()

        def one_in_three(connection: Connection) -> None:
            # More, and the circuit would open: then there are no faults to be met.
            script = self._good if next(connections) % 3 else fault_of_sockets
            script(connection)

        self._raw.script = one_in_three
        asked = self._chance.choices(READS, k=BATCH - 2)
        self._callers.all_at_once(asked, self._tier, self._chance.choice(READS))
        for sandbox in self._sandboxes:
            sandbox.faults.clear()
            sandbox.forget_calls()

    def end(self) -> None:
        """No more faults. Nothing is for ever: soon nobody fails any more, though an open circuit
        lets a single call through every five seconds."""
        self._raw.script = self._good
        end = time.monotonic() + 60
        while failing := [source for source in self._sources() if source["error"]]:
            assert time.monotonic() < end, failing
            time.sleep(0.05)
        self._callers.http.close()

    def _sources(self) -> list[dict[str, Any]]:
        sources: list[dict[str, Any]] = self._callers.ask(FAILURES).json()["data"]["tiers"][
            "sources"
        ]
        return sources


@contextmanager
def callers_of(origin: str) -> Iterator[Callers]:
    with ThreadPoolExecutor(CALLERS) as threads:
        callers = Callers(origin, threads)
        try:
            yield callers
        finally:
            callers.http.close()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_nothing_piles_up_over_mixed_faults(
    programs: tuple[ProgramConfig, ...],
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    tmp_path: Path,
) -> None:
    with raw_server() as raw:
        odd = program("odd-store", "pixlpay", raw.origin, "token")
        file = written(tmp_path, *tables(tmp_path, *programs, odd), more=LIMITS)
        arguments = ("serve", "--config", str(file), "--port", "0")
        with (
            ThreadPoolExecutor(1) as listener,
            running(*arguments, module="tests.gateway.observed", environment=GIVES_BACK) as process,
        ):
            origin = serving(process)
            assert process.stderr is not None
            said = listener.submit(process.stderr.read)
            idle = Held.by(process)
            with callers_of(origin) as callers:
                soak = Soak(callers, [piggy, pixlpay], raw)
                soak.go_on(WARM_UP)
                before = held_at_rest(process, idle.tasks)
                soak.go_on(OPERATIONS)
                soak.end()
            after = held_at_rest(process, idle.tasks)
            process.terminate()
            process.wait(20)
            logged = said.result()
    grown = after.memory - before.memory
    print(f"{OPERATIONS} operations: {grown / 1e6:+.1f} MB, {after.files - before.files:+} files")
    assert grown < MOST_GROWTH
    assert after.files <= before.files + KEPT_CONNECTIONS
    assert after.tasks == before.tasks == idle.tasks
    assert "Traceback" not in logged
    assert "never" not in logged  # awaited, retrieved: what asyncio says of forgotten tasks
