"""Answers are compressed as the client likes it."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
import zstandard
from starlette.staticfiles import StaticFiles

from gateway.http.encodings import SMALLEST_ENCODED, preferred_encoding
from gateway.http.finishing import Finishing
from tests.running import Gateway

LARGE = {"query": "{ __schema { types { name description } } }"}
SMALL = {"query": "{ __typename }"}
SCRIPT = b"".join(b"const value_%d = %d;\n" % (n, n * n) for n in range(10_000))
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
    fields = " ".join(f"unknown{n}" for n in range(15))
    document = {"query": f"{{ programs {{ {fields} }} }}"}
    answer = idle.http.post("/graphql", json=document, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["errors"]) == 15


@pytest.fixture
def files(tmp_path: Path) -> httpx.AsyncClient:
    """A client of a folder with a large script and a large picture."""
    (tmp_path / "script.js").write_bytes(SCRIPT)
    (tmp_path / "picture.png").write_bytes(SCRIPT)
    transport = httpx.ASGITransport(Finishing(StaticFiles(directory=tmp_path)))
    return httpx.AsyncClient(transport=transport, base_url="http://files")


async def fetched(
    files: httpx.AsyncClient, path: str, method: str = "GET", **headers: str
) -> tuple[int, httpx.Headers, bytes]:
    """The status of a file, its headers and its body as it came."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    async with files.stream(method, path, headers=headers) as response:
        body = b"".join([piece async for piece in response.aiter_raw()])
    return response.status_code, response.headers, body


@pytest.mark.anyio
@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
async def test_a_file_is_compressed_piece_by_piece(files: httpx.AsyncClient, encoding: str) -> None:
    _, plain, body = await fetched(files, "/script.js", accept_encoding="identity")
    assert (body, plain["content-length"]) == (SCRIPT, str(len(SCRIPT)))
    _, headers, body = await fetched(files, "/script.js", accept_encoding=encoding)
    assert headers["content-encoding"] == encoding
    assert "content-length" not in headers
    assert len(body) < len(SCRIPT) / 2
    assert DECODERS[encoding](body) == SCRIPT
    # Under one tag, since it is the same file.
    tag = headers["etag"]
    assert tag == "W/" + plain["etag"]
    again = await fetched(files, "/script.js", accept_encoding=encoding, if_none_match=tag)
    assert (again[0], again[2]) == (304, b"")


@pytest.mark.anyio
async def test_what_cannot_be_made_smaller_goes_as_it_is(files: httpx.AsyncClient) -> None:
    _, headers, body = await fetched(files, "/picture.png", accept_encoding="gzip")
    assert "content-encoding" not in headers
    assert body == SCRIPT


@pytest.mark.anyio
async def test_so_do_a_part_of_a_file_and_its_head(files: httpx.AsyncClient) -> None:
    status, headers, body = await fetched(
        files, "/script.js", accept_encoding="gzip", range="bytes=0-4999"
    )
    assert (status, body) == (206, SCRIPT[:5000])
    assert "content-encoding" not in headers
    status, headers, body = await fetched(files, "/script.js", "HEAD", accept_encoding="gzip")
    assert (status, body) == (200, b"")
    assert headers["content-length"] == str(len(SCRIPT))
