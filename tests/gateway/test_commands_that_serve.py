"""The commands that serve, each as a process of its own: they say where, answer, and end."""

import re
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from adapters import providers
from adapters._sandbox.serving import Served
from adapters.piggy.sandbox import PiggySandbox
from gateway.cli import main
from tests.gateway.configuring import PIGGY, tables, written
from tests.gateway.processes import lines_until, running, serving
from tests.running import NO_TLS, program

WITHOUT_SIGHUP = Path(__file__).with_name("without_sighup")


@contextmanager
def one_to_end_by_each(*arguments: str) -> Iterator[dict[signal.Signals, subprocess.Popen[str]]]:
    """A command running twice, to be ended by either signal: starting takes the time."""
    with running(*arguments) as first, running(*arguments) as second:
        yield {signal.SIGTERM: first, signal.SIGINT: second}


def configured(folder: Path, served: Served, token: str) -> Path:
    """The file of a gateway over a Piggy program."""
    return written(folder, *tables(folder, program("coral", "piggy", served.origin, token)))


def assert_ends(process: subprocess.Popen[str], ending: signal.Signals) -> None:
    """A process goes soon after a signal, by itself or by that signal, and without a traceback."""
    process.send_signal(ending)
    _, errors = process.communicate(timeout=30)
    assert process.returncode in (0, -ending)
    assert "Traceback" not in errors


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    # Connecting is tried again: a worker process says that it is up just before it is.
    transport = httpx.HTTPTransport(verify=NO_TLS, trust_env=False, retries=5)
    with httpx.Client(transport=transport, timeout=30) as client:
        yield client


def test_demo_prints_its_addresses_and_a_query_that_works(http: httpx.Client) -> None:
    with one_to_end_by_each("demo", "--port", "0", "--piggy-referrals", "4") as processes:
        for ending, process in processes.items():
            lines = lines_until(process.stdout, r"^}$")
            addresses = {line.split()[0]: line.split()[1] for line in lines if "http://" in line}
            assert list(addresses) == ["Dashboard", "GraphiQL", "Endpoint", "Health", "Sandbox"]
            assert sum(line.startswith("Sandbox") for line in lines) == len(providers())
            assert http.get(addresses["GraphiQL"]).status_code == 200
            assert http.get(addresses["Health"]).json() == {"status": "ok"}
            query = "\n".join(lines[lines.index("{") :])
            answer = http.post(addresses["Endpoint"], json={"query": query}).json()
            assert "errors" not in answer
            statuses = [source["status"] for source in answer["data"]["referrals"]["sources"]]
            assert statuses == ["FRESH"] * len(providers())
            assert_ends(process, ending)


def test_sandbox_prints_a_configuration_under_which_all_is_well(tmp_path: Path) -> None:
    with one_to_end_by_each("sandbox", "--port", "0") as processes:
        for ending, process in processes.items():
            lines: list[str] = []
            for _ in providers():
                lines += lines_until(process.stdout, r"^$")
            text = "\n".join(lines)
            assert [p["provider"] for p in tomllib.loads(text)["programs"]] == list(providers())
            file = tmp_path / "programs.toml"
            file.write_text(text)
            exported = dict(re.findall(r"^# export (\w+)=(.+)$", text, re.MULTILINE))
            result = CliRunner().invoke(main, ["doctor", "--config", str(file)], env=exported)
            assert (result.exit_code, result.stdout.count(" yes ")) == (0, 2 * len(providers()))
            assert_ends(process, ending)


@pytest.mark.parametrize(
    ("workers", "ending"), [(1, signal.SIGTERM), (2, signal.SIGINT)], ids=["alone", "by two"]
)
def test_serve_serves_the_programs_of_the_file(
    tmp_path: Path,
    served_piggy: Served,
    piggy: PiggySandbox,
    http: httpx.Client,
    workers: int,
    ending: signal.Signals,
) -> None:
    file = configured(tmp_path, served_piggy, piggy.token)
    with running(
        "serve", "--config", str(file), "--port", "0", "--workers", str(workers)
    ) as process:
        origin = serving(process)
        query = "{ tiers { nodes { name } sources { status } } }"
        answer = http.post(f"{origin}/graphql", json={"query": query}).json()
        assert answer["data"]["tiers"]["sources"] == [{"status": "FRESH"}]
        assert answer["data"]["tiers"]["nodes"]
        assert_ends(process, ending)


def test_serve_needs_no_signal_to_reload_by(tmp_path: Path, http: httpx.Client) -> None:
    file = written(tmp_path, PIGGY)
    system = {"PYTHONPATH": str(WITHOUT_SIGHUP), "PIGGY_TOKEN": "token"}
    command = ["serve", "--config", str(file), "--port", "0"]
    with running(*command, environment=system) as process:
        assert http.get(f"{serving(process)}/healthz").json() == {"status": "ok"}
        assert_ends(process, signal.SIGTERM)


def test_a_taken_port_ends_it_with_a_line_and_no_traceback(
    tmp_path: Path, served_piggy: Served
) -> None:
    port = ["--port", str(served_piggy.port)]
    file = configured(tmp_path, served_piggy, "token")
    with (
        running("serve", "--config", str(file), *port) as serve,
        running("demo", *port) as demo,
        running("sandbox", *port) as sandbox,
    ):
        for process in (serve, demo, sandbox):
            said, errors = process.communicate(timeout=30)
            assert process.returncode > 0
            assert said == ""
            assert "in use" in errors
            assert "Traceback" not in errors
