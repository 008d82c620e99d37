"""SIGHUP: whoever asks meanwhile is answered, in one process and by several."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from adapters.provider import ProgramConfig
from gateway.access.api_keys import create_key, hash_of
from gateway.config import FILE_NAME, ConfigError, Source
from tests.gateway.configuring import ENVIRONMENT, PIGGY, TOKEN, tables, written
from tests.gateway.processes import children, lines_until, running
from tests.gateway.stores import Stores, served_stores
from tests.running import NO_TLS

RELOADS = 20
PAUSE = 0.01
"""Between two requests of a caller, so that the machine has time for the rest."""
A_MINUTE = 120
TIERS = '{ tiers(programs: ["coral"]) { nodes { name } sources { status } } }'
# Always a call, as codes are never kept.
CHECK = """{ codeValidations(code: "ABC12345", programs: ["haven"]) {
  sources { error { code } } } }"""
PROGRAMS = "{ programs { key } }"

KEPT = """
[cache]
fresh_seconds = 3600
response_seconds = 0

[upstream]
exchange_seconds = 3
"""
READ = "the configuration was read again"
REFUSED = "the configuration stays as it was"


@pytest.fixture
def stores() -> Iterator[Stores]:
    with served_stores() as served:
        yield served


class Server:
    """A gateway process and its configuration file."""

    def __init__(self, process: subprocess.Popen[str], workers: int, folder: Path) -> None:
        self.process = process
        self._folder = folder
        said = [line for _ in range(workers) for line in self.says("Application startup complete")]
        (self.origin,) = {
            word for line in said for word in line.replace('"', " ").split() if "://" in word
        }
        self._workers = children(process.pid) if workers > 1 else [process.pid]

    def says(self, pattern: str) -> list[str]:
        return lines_until(self.process.stderr, pattern)

    def write(self, *programs: ProgramConfig, more: str = KEPT) -> None:
        written(self._folder, *tables(self._folder, *programs), more=more)

    def reload(self, told: str = READ, *, directly: bool = False) -> None:
        """Have the file read, and wait until all have; `directly` tells the workers themselves."""
        for pid in self._workers if directly else [self.process.pid]:
            os.kill(pid, signal.SIGHUP)
        for _ in self._workers:
            self.says(told)

    def replace_a_worker(self) -> None:
        """Have one of several workers die, and wait for the next."""
        if len(self._workers) > 1:
            os.kill(self._workers[0], signal.SIGKILL)
            self.says("Application startup complete")

    def keys(self) -> list[str]:
        """The programs that there are, as any of the workers tells."""
        with self.client() as http:
            assert http.get("/readyz").status_code == 200
            return [program["key"] for program in answer(http, PROGRAMS)["programs"]]

    @contextmanager
    def client(self, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Client]:
        transport = httpx.HTTPTransport(verify=NO_TLS, trust_env=False)
        with httpx.Client(
            base_url=self.origin, transport=transport, headers=headers, timeout=60
        ) as http:
            yield http


@contextmanager
def serving(folder: Path, workers: int, *programs: ProgramConfig) -> Iterator[Server]:
    file = written(folder, *tables(folder, *programs), more=KEPT)
    arguments = ("--config", str(file), "--port", "0", "--workers", str(workers))
    with running("serve", *arguments) as process:
        yield Server(process, workers, folder)


def answer(http: httpx.Client, query: str) -> Any:
    response = http.post("/graphql", json={"query": query})
    assert response.status_code == 200
    content = response.json()
    assert "errors" not in content
    return content["data"]


@pytest.mark.parametrize("workers", [1, 2], ids=["alone", "by two"])
def test_nobody_is_dropped_no_allowance_exceeded_and_a_broken_file_refused(
    workers: int, stores: Stores, tmp_path: Path
) -> None:
    for number in range(2):
        stores.piggy(f"coral-{number}", 3)
        stores.pixlpay(f"haven-{number}", 1)
    stores.piggy("extra")
    is_over = Event()

    def read(headers: Mapping[str, str]) -> int:
        count = 0
        with server.client(headers) as http:
            while not is_over.wait(PAUSE):
                (source,) = answer(http, TIERS)["tiers"]["sources"]
                assert source == {"status": "FRESH"}
                count += 1
        return count

    def check() -> int:
        count = 0
        with server.client() as http:
            while not is_over.wait(PAUSE):
                (source,) = answer(http, CHECK)["codeValidations"]["sources"]
                # The turn may come when there is no time left for the call itself.
                assert source["error"] in (None, {"code": "RATE_LIMITED"}, {"code": "TIMEOUT"})
                count += 1
        return count

    def configured(number: int) -> list[ProgramConfig]:
        coral, haven = (stores.program(f"{key}-{number % 2}") for key in ("coral", "haven"))
        extra = [stores.program("extra")] if number % 3 else []
        return [
            replace(coral, key="coral"),
            replace(haven, key="haven", calls_per_minute=A_MINUTE),
            *extra,
        ]

    began = time.monotonic()
    with (
        serving(tmp_path, workers, *configured(0)) as server,
        ThreadPoolExecutor(8) as threads,
    ):
        # Some over a connection that stays, some each over one of its own.
        loads = [threads.submit(read, {}) for _ in range(2)]
        loads += [threads.submit(read, {"connection": "close"}) for _ in range(2)]
        loads += [threads.submit(check) for _ in range(4)]
        try:
            for number in range(1, RELOADS + 1):
                server.write(*configured(number))
                # By way of the one above the workers it takes half a second each time.
                server.reload(directly=number % 5 > 0)
                assert server.keys() == [program.key for program in configured(number)]
            server.write(*configured(1)[:1], more="[cache]\nfresh = 1")
            server.reload(f"{REFUSED}: .*programs.toml: cache: fresh: is not known")
            # A worker that is killed drops what it was asked.
            is_over.set()
            assert all(load.result(60) for load in loads)
            server.replace_a_worker()
            for _ in range(10):
                assert server.keys() == [program.key for program in configured(RELOADS)]
            server.write(*configured(1)[:1])
            server.reload()
            assert server.keys() == ["coral"]
        finally:
            is_over.set()
        most = A_MINUTE // 4 + (time.monotonic() - began) * A_MINUTE * 3 / 4 / 60 + 1
        assert 1 <= sum(stores[f"haven-{number}"].count() for number in range(2)) <= most
        assert all(stores[f"coral-{number}"].count() for number in range(2))
        server.process.send_signal(signal.SIGTERM)
        _, said = server.process.communicate(timeout=30)
    assert "Traceback" not in said


def test_a_gateway_that_others_reach_does_not_become_an_open_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    caller = f'[[access.keys]]\nname = "a"\nhash = "{hash_of(create_key())}"\nscopes = ["admin"]'
    source = Source(written(tmp_path, PIGGY, more=caller), "0.0.0.0", processes=2)
    assert source.read().processes == 2
    written(tmp_path, PIGGY)
    with pytest.raises(ConfigError, match=r"its own machine alone, not to 0\.0\.0\.0"):
        source.read()


def test_a_file_that_is_gone_changes_nothing_whatever_is_in_the_environment(
    tmp_path: Path,
) -> None:
    key = create_key()
    caller = f'[[access.keys]]\nname = "a"\nhash = "{hash_of(key)}"\nscopes = ["referrals:read"]'
    file = written(tmp_path, PIGGY, more=caller).rename(tmp_path / FILE_NAME)
    serve = ("serve", "--port", "0")
    with running(*serve, cwd=tmp_path, environment={"PIGGY_TOKEN": TOKEN}) as process:
        server = Server(process, 1, tmp_path)
        file.rename(tmp_path / "saved")
        # The token in the environment would do for a gateway that is open to all of this machine.
        server.reload(f"{READ}|{REFUSED}: {FILE_NAME}: cannot be read")
        with server.client() as http:
            assert http.post("/graphql", json={"query": PROGRAMS}).status_code == 401
        with server.client({"authorization": f"Bearer {key}"}) as http:
            assert answer(http, PROGRAMS) == {"programs": [{"key": "coral"}]}
        (tmp_path / "saved").rename(file)
        server.reload()


def test_a_signal_that_comes_while_it_starts_is_heeded_when_it_runs(
    stores: Stores, tmp_path: Path
) -> None:
    stores.piggy("coral")
    stores.piggy("extra")
    file = tmp_path / "pipe"
    os.mkfifo(file)

    def give(*programs: ProgramConfig, while_read: Callable[[], None] = lambda: None) -> None:
        text = written(tmp_path, *tables(tmp_path, *programs)).read_text()
        with file.open("w") as pipe:  # as soon as it is being read
            while_read()
            pipe.write(text)

    with running("serve", "--config", str(file), "--port", "0") as process:
        give(
            stores.program("coral"),
            while_read=lambda: process.send_signal(signal.SIGHUP),
        )
        server = Server(process, 1, tmp_path)
        give(stores.program("extra"))
        server.says(READ)
        assert server.keys() == ["extra"]
