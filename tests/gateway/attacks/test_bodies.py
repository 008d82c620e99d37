"""Bodies that are no GraphQL request, or more than one: refused, and nothing breaks."""

import gzip
import json
import zlib
from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.attacks.attacked import GRAPHQL, JSON, Attacked, error_of, limit_of

MOST_BYTES = 256 * 1024

NO_REQUESTS = {
    "null": b"null",
    "a text": b'"x"',
    "a number": b"123",
    "true": b"true",
    "nothing": b"",
    "a list": b"[]",
    "nested lists": b"[" * 100_000,
    "closed nested lists": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 40_000,
    "closed nested objects": (
        b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001
    ),
    "NaN": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    "infinity": b'{"query": "{ __typename }", "variables": {"a": -Infinity}}',
    "invalid UTF-8": b'{"query": "{ __typename } # \xc3\x28"}',
    "an overlong encoding": b'{"query": "{ __typename } # \xc0\xaf"}',
    "a lone surrogate": b'{"query": "{ __typename } # \\ud83d"}',
    "a lone surrogate as a name": b'{"query": "{ __typename }", "operationName": "\\udc00"}',
    "a lone surrogate as a key": b'{"query": "{ __typename }", "variables": {"\\udc00": 1}}',
    "a surrogate in UTF-8": b'{"query": "{ __typename } # \xed\xa0\x80"}',
}


@pytest.mark.parametrize("body", NO_REQUESTS.values(), ids=NO_REQUESTS.keys())
def test_what_is_no_request_is_refused(attacked: Attacked, body: bytes) -> None:
    error = error_of(attacked.post(body, accept=GRAPHQL), 400)
    assert error["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize("digits", [30, 4_300, 4_301, 250_000])
@pytest.mark.parametrize("number", ["{}", "-{}", "{}.5", "{}e5"], ids=["+", "-", "point", "e"])
def test_numbers_of_many_digits_break_nothing(attacked: Attacked, digits: int, number: str) -> None:
    value = number.format("1" * digits)
    query = "query ($n: Int) { referrals(first: $n) { nodes { id } } }"
    body = f'{{"query": "{query}", "variables": {{"n": {value}}}}}'
    calls = attacked.calls
    response = attacked.post(body.encode(), accept=GRAPHQL)
    assert response.status_code == 400
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert codes <= {"BAD_REQUEST", "BAD_USER_INPUT"}
    assert attacked.calls == calls


def test_a_million_digits_are_too_many_bytes(attacked: Attacked) -> None:
    body = b'{"query": "{ __typename }", "variables": {"n": ' + b"1" * 1_000_000 + b"}}"
    assert limit_of(attacked.post(body), 413)[0] == "body_bytes"


def of_size(size: int) -> bytes:
    body = json.dumps({"query": "{ __typename }"}).encode()
    return body + b" " * (size - len(body))


def in_chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_has_so_many_bytes_and_no_more(attacked: Attacked, is_chunked: bool) -> None:
    def post(size: int) -> httpx.Response:
        body = of_size(size)
        content = in_chunks(body) if is_chunked else body
        return attacked.gateway.http.post(
            "/graphql", content=content, headers={"content-type": JSON, "accept": GRAPHQL}
        )

    assert post(MOST_BYTES).json() == {"data": {"__typename": "Query"}}
    name, maximum, _ = limit_of(post(MOST_BYTES + 1), 413)
    assert (name, maximum) == ("body_bytes", MOST_BYTES)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_packed_body_is_refused_unread(attacked: Attacked, coding: str) -> None:
    bomb = gzip.compress(b" " * 50_000_000) if "gzip" in coding else zlib.compress(b" " * 10**6)
    response = attacked.post(bomb, **{"content-encoding": coding})
    assert error_of(response, 415)["extensions"] == {"code": "UNSUPPORTED_MEDIA_TYPE"}
    assert response.headers["accept-encoding"] == "identity"


def test_what_is_not_packed_may_say_so(attacked: Attacked) -> None:
    response = attacked.post(b'{"query": "{ __typename }"}', **{"content-encoding": "identity"})
    assert response.json() == {"data": {"__typename": "Query"}}
