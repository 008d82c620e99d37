"""Connections on which requests are sent as they are, byte by byte."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from urllib.parse import urlsplit

from tests.running import Gateway

PATIENCE_SECONDS = 60


def posted(query: str, *headers: str, version: str = "1.1") -> bytes:
    """A request as one piece."""
    body = json.dumps({"query": query})
    lines = [f"POST /graphql HTTP/{version}", "Host: localhost", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode()


@contextmanager
def connected(gateway: Gateway) -> Iterator[socket.socket]:
    """A connection to a gateway, on which nothing waits to be sent."""
    url = urlsplit(gateway.origin)
    with socket.create_connection((url.hostname, url.port), PATIENCE_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        yield connection


class Rest:
    """The answers that are still to come: http.client would read ahead beyond one."""

    def __init__(self, connection: socket.socket) -> None:
        self._file: BufferedReader = connection.makefile("rb")

    def makefile(self, _: str) -> BufferedReader:
        return self._file

    def answer(self) -> http.client.HTTPResponse:
        """The next one."""
        response = http.client.HTTPResponse(self)  # type: ignore[arg-type]
        response._close_conn = lambda: None  # type: ignore[attr-defined]
        response.begin()
        return response

    def is_over(self) -> bool:
        """Whether nothing more comes, which is waited for."""
        return self._file.read(1) == b""
