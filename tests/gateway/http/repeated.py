"""A client that sends the same again and again over one connection, byte by byte."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from gateway.config import CacheConfig
from tests.gateway.http.connections import Rest, connected
from tests.gateway.scraping import scrape
from tests.running import Gateway

KEEPING = CacheConfig(response_seconds=600)
"""Whole answers are kept for longer than a test takes."""
TIERS = "query Tiers { tiers { nodes { name } sources { status } } }"


class Got(NamedTuple):
    """An answer without what differs each time; with its request's id."""

    status: int
    headers: dict[str, str]
    body: bytes
    request_id: str

    @property
    def same(self) -> tuple[Any, ...]:
        """What equal requests get alike."""
        return self.status, tuple(self.headers.items()), self.body


class Client:
    """Sends bytes over one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = Rest(connection)

    def got(self) -> Got:
        """The next answer."""
        answer = self._rest.answer()
        body = answer.read()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        assert headers.pop("date")
        return Got(answer.status, headers, body, headers.pop("x-request-id"))

    def send(self, *pieces: bytes) -> Got:
        for piece in pieces:
            self._connection.sendall(piece)
        return self.got()

    def learn(self, request: bytes) -> Got:
        """Have a request known: it is executed, and repeated."""
        first, *others = (self.send(request) for _ in range(3))
        assert {other.same for other in others} == {first.same}
        return first


@contextmanager
def client_of(gateway: Gateway) -> Iterator[Client]:
    with connected(gateway) as connection:
        yield Client(connection)


def counted(gateway: Gateway, name: str = "Tiers") -> dict[str, float]:
    """How many operations of a name there were, by where their answers came from."""
    told = scrape(gateway)
    counts = {
        served: told("operation_seconds_count", operation=name, outcome="ok", served=served)
        for served in ("executed", "kept", "repeated")
    }
    return {served: count for served, count in counts.items() if count}
