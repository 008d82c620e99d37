"""Traces of whole processes: what the environment says of them, and that nothing waits for them."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from adapters._sandbox.serving import Served
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import TracesConfig, load
from tests.gateway.configuring import ENVIRONMENT, PIGGY, tables, written
from tests.gateway.processes import ROOT, children, lines_until, running, serving
from tests.gateway.telemetry.collector import Collector, collecting, kinds
from tests.running import NO_TLS, program, running_gateway

TIERS = "query Tiers { tiers { nodes { name } } }"
SENT = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
QUERIES = 20
MOST_SECONDS = 10

WITHOUT_TRACES = """
import sys
from tests.running import program, running_gateway
with running_gateway(program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")) as gateway:
    assert gateway.ask("{ tiers { nodes { name } } }").http.status_code == 200
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


@pytest.fixture
def file(tmp_path: Path, served_pixlpay: Served, pixlpay: PixlpaySandbox) -> Path:
    shop = program("block-haven", "pixlpay", served_pixlpay.origin, pixlpay.token)
    more = "[cache]\nfresh_seconds = 0\nresponse_seconds = 0\n[traces]\nenabled = true"
    return written(tmp_path, *tables(tmp_path, shop), more=more)


def ask(origin: str) -> None:
    """Over a connection of its own, which whoever is not stopped takes."""
    transport = httpx.HTTPTransport(verify=NO_TLS, trust_env=False, retries=5)
    with httpx.Client(transport=transport, timeout=30) as http:
        answer = http.post(f"{origin}/graphql", json={"query": TIERS}, headers=SENT)
    assert answer.json()["data"]["tiers"]["nodes"]


def test_workers_send_what_is_left_when_they_end_and_pass_on_no_trace_when_told_so(
    file: Path, pixlpay: PixlpaySandbox
) -> None:
    with collecting() as collector:
        environment = {
            **collector.environment,
            "OTEL_BSP_SCHEDULE_DELAY": "600000",
            "OTEL_PROPAGATORS": "none",
            "OTEL_SERVICE_NAME": "our-gateway",
        }
        serve = ("serve", "--config", str(file), "--port", "0", "--workers", "2")
        with running(*serve, environment=environment) as process:
            origin = serving(process)
            lines_until(process.stderr, "Application startup complete")  # of the other worker
            for worker in children(process.pid):
                os.kill(worker, signal.SIGSTOP)
                for _ in range(QUERIES // 2):
                    ask(origin)
                os.kill(worker, signal.SIGCONT)
            assert collector.spans == []
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
        requests, operations, calls = kinds(collector.spans)
    assert len(requests) == len(operations) == len(calls) == QUERIES
    assert {request.parent for request in requests} == {""}
    assert not any("traceparent" in call.headers for call in pixlpay.calls)
    assert {one["service.name"] for one in collector.resources} == {"our-gateway"}
    assert len({one["service.instance.id"] for one in collector.resources}) == 2


def test_a_collector_that_is_silent_keeps_nobody_waiting(file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=5up3r-s3cr3t",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        serve = ("serve", "--config", str(file), "--port", "0")
        with running(*serve, environment=environment) as process:
            origin = serving(process)
            ask(origin)
            connection, _ = silent.accept()  # it is being sent
            ask(origin)
            asked_to_go = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=60)
            assert time.monotonic() - asked_to_go < MOST_SECONDS
            connection.close()
    assert "5up3r-s3cr3t" not in said


@pytest.mark.parametrize(
    ("variable", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")]
)
def test_the_environment_switches_them_off(
    programs: tuple[ProgramConfig, ...],
    collector: Collector,
    pixlpay: PixlpaySandbox,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
) -> None:
    monkeypatch.setenv(variable, value)
    with running_gateway(programs[1], traces=True) as gateway:
        assert not gateway.ask(TIERS, headers=SENT).errors
    assert "traceparent" not in pixlpay.calls[0].headers
    assert collector.bodies == []


def test_where_there_are_none_their_packages_are_not_imported() -> None:
    command = [sys.executable, "-c", WITHOUT_TRACES]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_they_are_switched_on_by_the_configuration_alone(tmp_path: Path) -> None:
    assert load(written(tmp_path, PIGGY), ENVIRONMENT).traces == TracesConfig(enabled=False)
    on = written(tmp_path, PIGGY, more="[traces]\nenabled = true")
    assert load(on, ENVIRONMENT).traces == TracesConfig(enabled=True)


def test_where_the_packages_are_missing_the_configuration_is_wrong(tmp_path: Path) -> None:
    file = written(tmp_path, PIGGY, more="[traces]\nenabled = true")
    # As where nobody installed them: nothing of that name is found.
    script = f"""
import sys
sys.modules["opentelemetry"] = None
from gateway.cli import main
main(["config", "check", "--config", {str(file)!r}])
"""
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    fault = "traces: enabled: takes more packages: install referral-gateway[otel]"
    assert said.stderr.splitlines()[-1] == f"{file}: {fault}"
