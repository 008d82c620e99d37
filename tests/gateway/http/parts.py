"""Answers in parts, read as a client does."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import orjson

from tests.running import Gateway


def parts_of(
    gateway: Gateway,
    query: str,
    headers: dict[str, str] | None = None,
    *,
    accept: str = "multipart/mixed",
    method: str = "POST",
    at_first: Callable[[], object] = lambda: None,
) -> list[dict[str, Any]]:
    """The parts of an answer. `at_first` is called when the first could be read as a whole."""
    asked: dict[str, Any] = {"json": {"query": query}}
    if method == "GET":
        asked = {"params": {"query": query}}
    sent = {"accept": accept, **(headers or {})}
    with gateway.http.stream(method, "/graphql", headers=sent, **asked) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == (
            'multipart/mixed; boundary="-"; incrementalSpec=v0.2'
        )
        assert response.headers["cache-control"] == "no-store"
        parts = _read(response.iter_raw())
        first = next(parts)
        at_first()
        return [first, *parts]


def _read(chunks: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """RFC 2046, section 5.1.1: a part is whole when the boundary behind it is there."""
    buffer = b""
    for chunk in chunks:
        buffer += chunk
        *whole, buffer = buffer.split(b"\r\n---")
        for part in whole:
            if part:
                head, _, body = part.partition(b"\r\n\r\n")
                assert head == b"\r\ncontent-type: application/json; charset=utf-8"
                yield orjson.loads(body)
    assert buffer == b"--\r\n"


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer that the parts come to (https://specs.apollo.dev/incremental/v0.2/)."""
    first, *more = deepcopy(parts)
    data = first["data"]
    errors: list[Any] = list(first.get("errors", []))
    pending = {one["id"]: one["path"] for one in first["pending"]}
    assert [part["hasNext"] for part in parts] == [True] * len(more) + [False]
    for part in more:
        pending |= {one["id"]: one["path"] for one in part.get("pending", [])}
        for increment in part.get("incremental", []):
            target = data
            for step in [*pending[increment["id"]], *increment.get("subPath", [])]:
                target = target[step]
            if "items" in increment:
                target += increment["items"]
            else:
                _merge(target, increment["data"])
            errors += increment.get("errors", [])
        for completed in part.get("completed", []):
            del pending[completed["id"]]
            errors += completed.get("errors", [])
    assert not pending
    return {"data": data} | ({"errors": errors} if errors else {})


def _merge(target: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value
