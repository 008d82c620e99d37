"""What a raw server does to a connection: one function a fault.

Each reads the request first, unless the fault is that it does not. `LEAK` is what an upstream
body might quote, to be looked for where it must not be.
"""

import gzip
import zlib
from functools import cache

from tests.gateway.faults.rawserver import Connection, Script

LEAK = "hunter-two victim@leak.example"
LEAKED = LEAK.encode()

# Well-formed for either provider.
GOOD = b'{"success":true,"message":"%s","data":[],"meta":[]}' % LEAKED


def answer(body: bytes = GOOD, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole answer that ends by its length."""
    lines = [b"HTTP/1.1 " + status, b"Content-Type: application/json", *headers]
    if not any(line.lower().startswith((b"content-length", b"transfer")) for line in headers):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join((*lines, b"", body))


def head(*headers: bytes) -> bytes:
    """The head of an answer whose body is still to come."""
    return b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Type: application/json", *headers, b"", b""))


def sends(*parts: bytes) -> Script:
    """A script that reads a request, sends bytes and closes."""

    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(*parts)

    return script


def and_hangs(*parts: bytes) -> Script:
    """The same, but the connection stays open."""

    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(*parts)
        connection.wait_for_leaving()

    return script


has_another_version = sends(b"HTTP/7.3 200 OK\r\nContent-Length: 2\r\n\r\n{}")


def accepts_and_closes(connection: Connection) -> None:
    """Not even the request is read."""


def resets_halfway_through_the_request(connection: Connection) -> None:
    connection.read_some()
    connection.reset()


def resets_before_the_head(connection: Connection) -> None:
    connection.read_request()
    connection.reset()


def resets_after_the_head(connection: Connection) -> None:
    connection.read_request()
    connection.send(head(b"Content-Length: 500"), GOOD)
    connection.reset()


def drips_a_status_line(connection: Connection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 ")
    connection.drip(b"O")


def sends_headers_without_end(connection: Connection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\n")
    connection.flood(b"X-Again: %s\r\n" % (LEAKED * 30))


def drips_a_body(connection: Connection) -> None:
    connection.read_request()
    connection.send(head(b"Content-Length: 100000"), b'{"data":"')
    connection.drip(b"x")


def drips_chunks(connection: Connection) -> None:
    connection.read_request()
    connection.send(head(b"Transfer-Encoding: chunked"))
    connection.drip(b"1\r\n[\r\n")


def sends_chunks_without_end(connection: Connection) -> None:
    connection.read_request()
    connection.send(head(b"Transfer-Encoding: chunked"))
    connection.flood(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def sends_a_body_without_end(connection: Connection) -> None:
    """Neither length nor chunks: it would end with the connection."""
    connection.read_request()
    connection.send(head())
    connection.flood(b" " * 0x10000)


def hints_a_thousand_times(connection: Connection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 1000)
    connection.wait_for_leaving()


def continues_now_and_then(connection: Connection) -> None:
    connection.read_request()
    connection.drip(b"HTTP/1.1 100 Continue\r\n\r\n")


# Not packed before it is sent, which takes long: every process that runs tests imports this file.
@cache
def bomb() -> bytes:
    """Much in little: an answer of 50 MB of blanks, compressed."""
    packer = zlib.compressobj(9, wbits=31)
    blanks = b" " * 1024 * 1024
    parts = [packer.compress(blanks) for _ in range(50)]
    return b"".join((*parts, packer.flush()))


def sends_a_bomb(connection: Connection) -> None:
    connection.read_request()
    connection.send(answer(bomb(), GZIP))


def sends_a_bomb_in_a_bomb(connection: Connection) -> None:
    connection.read_request()
    connection.send(answer(gzip.compress(bomb()), b"Content-Encoding: gzip, gzip"))


GZIP = b"Content-Encoding: gzip"
NOT_GZIP = answer(GOOD, GZIP)
HALF_GZIP = answer(gzip.compress(GOOD)[:-12], GZIP)
