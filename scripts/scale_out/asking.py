"""Callers of two gateways at once."""

import itertools
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

CALLERS = 8
PAUSE_SECONDS = 0.02
"""Between two requests of a caller, which bounds the load."""

# Never used, as everything here is plain HTTP: httpx would read all certificates for each client.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Asked:
    """What has come of requests so far: those that were answered, those that were sent again to the
    other gateway, and those that nobody answered."""

    def __init__(self) -> None:
        self.answered = 0
        self.again = 0
        self.lost = 0
        self._lock = threading.Lock()

    def count(self, *, answered: int = 0, again: int = 0, lost: int = 0) -> None:
        """So many more."""
        with self._lock:
            self.answered += answered
            self.again += again
            self.lost += lost


def ask(client: httpx.Client, query: str, variables: object = None) -> Any:
    """The data of an answer. Raises httpx.TransportError, and ValueError when it has none."""
    response = client.post("/graphql", json={"query": query, "variables": variables})
    content = response.json()
    if response.status_code != 200 or content.get("data") is None:
        raise ValueError(f"{response.status_code}: {content.get('errors')}")
    return content["data"]


@contextmanager
def loading(
    origins: Sequence[str], query: str, variables: Callable[[int], object] = lambda number: None
) -> Iterator[Asked]:
    """Ask both gateways all through the block, whatever becomes of them: who gets no answer from
    one asks the other."""
    asked = Asked()
    is_over = threading.Event()
    numbers = itertools.count()

    def call(turn: int) -> None:
        with client_of(origins[0]) as one, client_of(origins[1]) as other:
            while not is_over.wait(PAUSE_SECONDS):
                first, second = (one, other) if turn % 2 else (other, one)
                _ask_either(first, second, asked, query, variables(next(numbers)))
                turn += 1

    with ThreadPoolExecutor(CALLERS) as callers:
        calls = [callers.submit(call, turn) for turn in range(CALLERS)]
        try:
            yield asked
        finally:
            is_over.set()
    for ended in calls:
        ended.result()


def _ask_either(
    first: httpx.Client, second: httpx.Client, asked: Asked, query: str, variables: object
) -> None:
    try:
        try:
            ask(first, query, variables)
        except httpx.TransportError:
            asked.count(again=1)
            ask(second, query, variables)
    except (httpx.TransportError, ValueError):
        asked.count(lost=1)
    else:
        asked.count(answered=1)


def client_of(origin: str) -> httpx.Client:
    """A client of one gateway."""
    return httpx.Client(base_url=origin, verify=_NO_TLS, trust_env=False, timeout=30)
