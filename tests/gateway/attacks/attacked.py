"""What the attacks are made with."""

import socket
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


class Attacked:
    """A gateway and the providers behind it, whose calls are counted."""

    def __init__(self, gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox) -> None:
        self.gateway = gateway
        self.origin = gateway.origin
        self._sandboxes = (piggy, pixlpay)

    @property
    def secrets(self) -> list[str]:
        """What no answer may hold."""
        piggy, pixlpay = self._sandboxes
        return [piggy.token, pixlpay.token, piggy.canary]

    @property
    def calls(self) -> int:
        """How many calls the providers have got."""
        return sum(sandbox.count() for sandbox in self._sandboxes)

    def ask(self, query: str, *, method: str = "POST", **more: Any) -> httpx.Response:
        """Ask in the newer media type, in which refusals have a status of their own."""
        headers = {"accept": GRAPHQL}
        if method == "GET":
            params = {"query": query, **more}
            return self.gateway.http.get("/graphql", params=params, headers=headers)
        body = {"query": query, **more}
        return self.gateway.http.post("/graphql", json=body, headers=headers)

    def post(self, content: bytes, **headers: str) -> httpx.Response:
        """Post these very bytes as JSON."""
        return self.gateway.http.post(
            "/graphql", content=content, headers={"content-type": JSON, **headers}
        )

    def send(self, *pieces: bytes) -> bytes:
        """Send raw bytes, and read until the gateway closes the connection."""
        parts = urlsplit(self.origin)
        with closing(socket.create_connection((parts.hostname, parts.port), 30)) as connection:
            answer = bytearray()
            try:
                for piece in pieces:
                    connection.sendall(piece)
                while data := connection.recv(65536):
                    answer += data
            except (BrokenPipeError, ConnectionResetError):
                pass  # closed while there was more to send
            return bytes(answer)


def error_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The only error of a refusal."""
    assert response.status_code == status, response.text
    content = response.json()
    assert "data" not in content
    (error,) = content["errors"]
    assert isinstance(error, dict)
    return error


def limit_of(response: httpx.Response, status: int = 400) -> tuple[str, int, int]:
    """The limit that a refusal names, with the most that it allows and what was met."""
    about = error_of(response, status)["extensions"]
    assert about["code"] == "LIMIT_EXCEEDED"
    assert about.keys() == {"code", "limit", "maximum", "actual"}
    assert about["actual"] > about["maximum"]
    return about["limit"], about["maximum"], about["actual"]
