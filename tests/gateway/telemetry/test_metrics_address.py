"""`[metrics] address`: an address of their own, where metrics are told to whoever comes."""

import signal
import socket
from pathlib import Path

import pytest

from gateway.access.api_keys import create_key, hash_of
from gateway.config import ConfigError, MetricsAddress, load
from tests.gateway.configuring import ENVIRONMENT, PIGGY, written
from tests.gateway.processes import running, serving
from tests.gateway.scraping import scrape
from tests.gateway.telemetry.addresses import HOST, free_address
from tests.running import Gateway

CALLERS = f"""
[[access.keys]]
name = "reader"
hash = "{hash_of(create_key())}"
scopes = ["referrals:read"]
"""


def loaded(folder: Path, address: str, more: str = CALLERS) -> MetricsAddress | None:
    file = written(folder, PIGGY, more=f'[metrics]\naddress = "{address}"\n{more}')
    return load(file, ENVIRONMENT).metrics


def test_metrics_have_an_address_of_their_own_and_ask_nobody_there(tmp_path: Path) -> None:
    address = free_address()
    file = written(tmp_path, PIGGY, more=f'[metrics]\naddress = "{address}"\n{CALLERS}')
    serve = ("serve", "--config", str(file), "--port", "0")
    with running(*serve, environment=ENVIRONMENT) as process:
        gateway, own = Gateway(serving(process)), Gateway(f"http://{address}")
        assert gateway.ask("{ __typename }").http.status_code == 401
        about = {"operation": "other", "outcome": "refused", "served": "nothing"}
        assert scrape(own)("operation_seconds_count", **about) == 1
        answered = own.http.get("/metrics")
        assert answered.headers["x-content-type-options"] == "nosniff"
        for path in ("/graphql", "/", "/healthz", "/export/referrals.csv"):
            refused = own.http.get(path)
            assert refused.status_code == 404
            assert refused.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert own.http.post("/metrics").status_code == 405
        assert gateway.http.get("/metrics").status_code == 404
        assert gateway.http.get("/healthz").status_code == 200
        gateway.http.close()
        own.http.close()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_an_address_that_is_taken_ends_the_start(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as listener:
        address = f"{HOST}:{listener.getsockname()[1]}"
        file = written(tmp_path, PIGGY, more=f'[metrics]\naddress = "{address}"')
        serve = ("serve", "--config", str(file), "--port", "0")
        with running(*serve, environment=ENVIRONMENT) as process:
            _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "metrics: address: cannot be listened to: Address already in use" in said


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9100", "127.0.0.1", 9100),
        ("0.0.0.0:80", "0.0.0.0", 80),
        ("[::1]:9100", "::1", 9100),
        ("[0:0::1]:9100", "::1", 9100),
    ],
)
def test_an_address_is_of_the_internet_protocol(
    tmp_path: Path, text: str, host: str, port: int
) -> None:
    assert loaded(tmp_path, text) == (host, port)


@pytest.mark.parametrize(
    "text",
    [
        *("", "9100", ":9100", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x"),
        *("metrics.example.com:9100", "::1:9100", "http://127.0.0.1:9100", "127.0.0.1:9100/"),
        *("user@127.0.0.1:9100", "127.0.0.1:9100?x"),
    ],
)
def test_nothing_else_is_one(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, text)
    (fault,) = raised.value.faults
    assert fault.endswith(
        ": metrics: address: must be an IP address and a port, such as 127.0.0.1:9100"
    )


def test_those_of_an_open_gateway_stay_on_its_machine(tmp_path: Path) -> None:
    assert loaded(tmp_path, "127.0.0.1:9100", more="") is not None
    with pytest.raises(ConfigError, match="address: must be of this machine"):
        loaded(tmp_path, "0.0.0.0:9100", more="")


def test_a_connection_is_told_by_where_it_came_in() -> None:
    here = MetricsAddress("127.0.0.1", 9100)
    assert here.is_reached_by(("127.0.0.1", 9100))
    assert not here.is_reached_by(("127.0.0.2", 9100))
    assert not here.is_reached_by(("127.0.0.1", 8000))
    assert not here.is_reached_by(("/run/gateway.sock", None))
    assert not here.is_reached_by(None)
    assert MetricsAddress("0.0.0.0", 9100).is_reached_by(("10.0.0.7", 9100))
    assert MetricsAddress("::", 9100).is_reached_by(("::1", 9100))
