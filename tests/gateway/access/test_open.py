"""A gateway without callers is open to its own machine, under a name of that machine, alone."""

import http.client
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.config import Config
from gateway.services import Services
from tests.gateway.configuring import ENVIRONMENT, PIGGY, written
from tests.running import Gateway

PATHS = ["/graphql?query={__typename}", "/", "/graphiql", "/schema.graphql", "/healthz", "/readyz"]


def status_of(gateway: Gateway, path: str, *hosts: str) -> tuple[int, str]:
    """What comes of asking with those `Host` headers, as no HTTP library would send them."""
    parts = urlsplit(gateway.origin)
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8000", "127.9.9.9", "[::1]", "[::1]:80"],
)
def test_this_machine_by_its_own_names_is_answered(gateway: Gateway, host: str) -> None:
    for path in PATHS:
        assert status_of(gateway, path, host)[0] == 200


@pytest.mark.parametrize(
    "hosts",
    [
        ["evil.example"],
        ["evil.example:8000"],
        ["localhost.evil.example"],
        ["evil.example.localhost"],
        ["127.0.0.1.evil.example"],
        ["localhost@evil.example"],
        ["evil.example", "localhost"],
        ["localhost", "evil.example"],
        ["localhost,evil.example"],
        ["localhost:80:80"],
        ["localhost:evil"],
        ["[::1"],
        ["::1"],
        ["0.0.0.0"],
        ["10.0.0.1"],
        ["[::ffff:10.0.0.1]"],
        ["2130706433"],
        [""],
        [],
    ],
    ids=str,
)
def test_any_other_name_is_refused_everywhere(gateway: Gateway, hosts: list[str]) -> None:
    for path in [*PATHS, "/nowhere"]:
        status, body = status_of(gateway, path, *hosts)
        assert status in (400, 421)  # the server itself refuses what is no HTTP
        assert "__typename" not in body
        assert "Query" not in body


def test_the_refusal_says_what_to_do(gateway: Gateway) -> None:
    response = gateway.http.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"host": "evil.example"}
    )
    assert response.status_code == 421
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "MISDIRECTED_REQUEST"}
    assert "[[access.keys]]" in error["message"]


@pytest.mark.parametrize("client", [None, ("10.0.0.7", 4711), ("fe80::1", 4711), ("", 0)])
@pytest.mark.anyio
async def test_another_machine_is_refused_however_it_came_here(
    client: tuple[str, int] | None,
) -> None:
    # As under a server that was told to listen to everybody.
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        raise AssertionError("nothing is read of a request that is not let in")

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/healthz",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": client,
    }
    services = Services(Config(()), None)
    await services.current(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 403
    assert b"FORBIDDEN" in sent[1]["body"]  # type: ignore[operator]


def test_who_says_to_come_from_elsewhere_is_believed(gateway: Gateway) -> None:
    headers = {"x-forwarded-for": "203.0.113.9"}
    assert gateway.http.get("/healthz", headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com", ""])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_does_not_listen_to_others_without_callers(
    tmp_path: Path, host: str, workers: str
) -> None:
    file = written(tmp_path, PIGGY)
    options = ["--config", str(file), "--host", host, "--workers", workers, "--port", "0"]
    result = CliRunner().invoke(main, ["serve", *options], env=ENVIRONMENT)
    assert result.exit_code == 2
    assert "keys create" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_demo_does_not_listen_to_others() -> None:
    result = CliRunner().invoke(main, ["demo", "--host", "0.0.0.0", "--port", "0"])
    assert result.exit_code == 2
    assert "its own machine alone" in result.stderr
