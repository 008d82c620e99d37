"""Answers are compressed as the client likes it."""

import gzip
import re
from collections.abc import Callable
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from gateway.http.encodings import SMALLEST_ENCODED, preferred_encoding
from tests.running import Gateway

LARGE = {"query": "{ __schema { types { name description } } }"}
SMALL = {"query": "{ __typename }"}
DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("deflate", None),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1, br;q=0.5, zstd;q=0.1", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, br", "br"),
        ("*", "zstd"),
        ("*;q=0, gzip", "gzip"),
        ("*, zstd;q=0", "br"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=x", None),
        ("gzip;q=nan", None),
        (", ,;q", None),
    ],
)
def test_the_coding_is_the_one_that_is_liked_best(
    accepted: str | None, encoding: str | None
) -> None:
    assert preferred_encoding(accepted) == encoding


def received(gateway: Gateway, encoding: str, path: str, asked: Any = None) -> tuple[Any, bytes]:
    """The headers of an answer, and its body as it came."""
    request = gateway.http.build_request(
        "GET" if asked is None else "POST", path, json=asked, headers={"accept-encoding": encoding}
    )
    response = gateway.http.send(request, stream=True)
    body = b"".join(response.iter_raw())
    assert response.status_code == 200
    assert "accept-encoding" in response.headers["vary"]
    return response.headers, body


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
@pytest.mark.parametrize(
    ("path", "asked"),
    [("/graphql", LARGE), ("/schema.graphql", None)],
    ids=["answer", "schema"],
)
def test_a_large_answer_is_compressed(
    idle: Gateway, encoding: str, path: str, asked: dict[str, str] | None
) -> None:
    _, plain = received(idle, "identity", path, asked)
    headers, body = received(idle, encoding, path, asked)
    assert headers["content-encoding"] == encoding
    assert len(body) < len(plain) / 2
    assert DECODERS[encoding](body) == plain


def test_a_small_answer_and_one_to_who_asks_for_none_is_not(idle: Gateway) -> None:
    headers, body = received(idle, "gzip, br, zstd", "/graphql", SMALL)
    assert "content-encoding" not in headers
    assert len(body) < SMALLEST_ENCODED
    headers, _ = received(idle, "identity", "/graphql", LARGE)
    assert "content-encoding" not in headers


def test_a_refusal_can_be_compressed_too(idle: Gateway) -> None:
    document = {"query": "{ " + " ".join(f"unknown{n}" for n in range(50)) + " }"}
    answer = idle.http.post("/graphql", json=document, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["errors"]) == 50


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
def test_a_file_is_compressed_piece_by_piece(idle: Gateway, encoding: str) -> None:
    page = idle.http.get("/graphiql", headers={"accept-encoding": "identity"})
    (script, *_) = re.findall(r'src="\.(/assets/[^"]+\.js)"', page.text)
    plain_headers, plain = received(idle, "identity", script)
    headers, body = received(idle, encoding, script)
    assert headers["content-encoding"] == encoding
    assert DECODERS[encoding](body) == plain
    assert headers["etag"] == "W/" + plain_headers["etag"]
    again = idle.http.get(
        script, headers={"accept-encoding": encoding, "if-none-match": headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_part_of_a_file_is_sent_as_it_is(idle: Gateway) -> None:
    headers = {"accept-encoding": "gzip", "range": "bytes=0-1499"}
    part = idle.http.get("/graphiql", headers=headers)
    assert part.status_code == 206
    assert "content-encoding" not in part.headers


def test_the_head_of_a_page_is_that_of_the_page(idle: Gateway) -> None:
    head = idle.http.head("/schema.graphql", headers={"accept-encoding": "gzip"})
    _, plain = received(idle, "identity", "/schema.graphql")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(plain)))
