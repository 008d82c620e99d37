"""The table of faults: what is done to a request, and what has to be told of it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from adapters._sandbox.faults import Fault
from tests.gateway.faults import scripts as s
from tests.gateway.faults.rawserver import Script, refusing, unreachable
from tests.gateway.faults.scripts import GOOD, LEAK, LEAKED, and_hangs, answer, head, sends


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A fault: a sandbox's switch, a raw server's script, or an origin where nobody answers.

    `code` is told of it, to a read and to a write; `unclear` says that a write may have been made
    all the same. `tries` are the least and the most calls that one read may cost; `error` is the
    type of a write's error.
    """

    fault: Fault | None = None
    script: Script | None = None
    nowhere: type[AbstractContextManager[str]] | Any = None
    code: str
    unclear: bool
    tries: tuple[int, int] = (1, 1)
    error: str = "ProviderFailureError"
    piggy_code: str | None = None
    late_code: str | None = None

    def codes(self, provider: str = "") -> set[str | None]:
        """The codes that may be told of it at a provider: what takes work can also come late."""
        code = self.piggy_code if self.piggy_code and provider == "piggy" else self.code
        return {code, self.late_code or code}

    @property
    def is_late(self) -> bool:
        """Whether deadlines may end it."""
        return self.tries == WHILE_TIME

    @property
    def is_silent(self) -> bool:
        """Whether nothing but deadlines ends it."""
        return self.code == "TIMEOUT"

    @property
    def holds(self) -> bool:
        """Whether the program stays shut after it for a while."""
        return self.code == "RATE_LIMITED"


# Another try is worth it, and there is time for two.
AGAIN = (3, 3)
# How many tries there is time for depends on how long each takes.
WHILE_TIME = (1, 3)

_BODY = f'{{"success":false,"message":"{LEAK}","error_description":"{LEAK}"}}'


def _status(number: int, code: str, **about: Any) -> Kind:
    about = {"unclear": False, **about}
    return Kind(fault=Fault("status", status=number, body=_BODY), code=code, **about)


_down = partial(_status, code="UNAVAILABLE", unclear=True)


def _broken(way: Fault | Script, code: str, tries: tuple[int, int] = (1, 1), **about: Any) -> Kind:
    """A fault after which nobody knows whether a write was made."""
    where = {"fault": way} if isinstance(way, Fault) else {"script": way}
    return Kind(**where, code=code, unclear=True, tries=tries, **about)


_malformed = partial(_broken, code="MALFORMED_RESPONSE")
_closed = partial(_broken, code="UNAVAILABLE", tries=AGAIN)
_late = partial(_broken, code="TIMEOUT", tries=WHILE_TIME)

SWITCHES = {
    "slow": _late(Fault("slow", seconds=1.0)),
    "hang": _late(Fault("hang")),
    "400": _status(400, "REJECTED"),
    "401": _status(401, "UNAUTHENTICATED"),
    "403": _status(403, "FORBIDDEN"),
    "404": _status(404, "NOT_FOUND", error="NotFoundError"),
    "408": _status(408, "REJECTED"),
    "418": _status(418, "REJECTED"),
    "422": _status(422, "INVALID_INPUT", error="InvalidInputError"),
    "429": _status(429, "RATE_LIMITED", tries=WHILE_TIME),
    "429 for a minute": Kind(
        fault=Fault("rate_limited", retry_after=60), code="RATE_LIMITED", unclear=False
    ),
    "500": _down(500),
    "501": _down(501),
    "502": _down(502, tries=AGAIN),
    "503": _down(503, tries=AGAIN),
    "504": _down(504, tries=AGAIN),
    "520": _down(520),
    "says that it failed": Kind(
        fault=Fault("soft_failure"), code="REJECTED", unclear=False, piggy_code="MALFORMED_RESPONSE"
    ),
    "redirect": _malformed(Fault("redirect", location=f"http://elsewhere.invalid/?{LEAK}")),
    "redirect to nowhere": _malformed(Fault("redirect", location="http://[::bad")),
    "drop": _closed(Fault("drop")),
    "drop after": _closed(Fault("drop_after")),
    "html": _broken(Fault("html", body=f"<html>{LEAK}"), "UNAVAILABLE", AGAIN),
    "html with 200": _malformed(Fault("html", status=200, body=f"<html>{LEAK}")),
    "truncated json": _malformed(Fault("truncated_json")),
    "truncated body": _closed(Fault("truncated_body")),
    "garbage": _malformed(Fault("garbage", body=f"\x00{LEAK}{{]")),
    "empty": _malformed(Fault("empty")),
    "204": _malformed(Fault("empty", status=204)),
    "304": _malformed(Fault("empty", status=304)),
    "wrong shape": _malformed(Fault("wrong_shape", body=f'{{"data":"{LEAK}"}}')),
    "json of other things": _malformed(Fault("wrong_shape", body=f'["{LEAK}"]')),
    "nested without end": _malformed(Fault("wrong_shape", body='{"data":' + "[" * 100_000)),
    "oversized": _malformed(Fault("oversized"), tries=WHILE_TIME, late_code="TIMEOUT"),
}

SOCKETS = {
    "refused": Kind(nowhere=refusing, code="UNAVAILABLE", unclear=False, tries=AGAIN),
    "unreachable": Kind(nowhere=unreachable, code="TIMEOUT", unclear=False, tries=WHILE_TIME),
    "accepts and closes": _closed(s.accepts_and_closes),
    "reset halfway through the request": _closed(s.resets_halfway_through_the_request),
    "reset before the head": _closed(s.resets_before_the_head),
    "reset after the head": _closed(s.resets_after_the_head),
    "half a status line": _closed(sends(b"HTTP/1.1 20")),
    "half a status line, then silence": _late(and_hangs(b"HTTP/1.1 20")),
    "a status line without end": _late(s.drips_a_status_line),
    "wrong version": _closed(s.has_another_version),
    "version 0.9": _closed(sends(GOOD)),
    "another protocol": _closed(sends(b"SSH-2.0-OpenSSH_9.2\r\n")),
    "tls on a plain port": _closed(sends(b"\x15\x03\x01\x00\x02\x02\x46")),
    "status 999": _broken(sends(answer(status=b"999 " + LEAKED)), "UNAVAILABLE"),
    "status 42": _closed(sends(answer(status=b"42 Short"))),
    "switches protocols": _closed(sends(answer(b"", status=b"101 Switching Protocols"))),
    "a header of a megabyte": _closed(sends(answer(GOOD, b"X-Long: " + b"x" * 1024 * 1024))),
    "headers without end": _broken(
        s.sends_headers_without_end, "UNAVAILABLE", WHILE_TIME, late_code="TIMEOUT"
    ),
    "a header that is none": _closed(sends(head(b"no colon"), GOOD)),
    "a header with a zero byte": _closed(sends(answer(GOOD, b"X-Zero: a\x00b"))),
    "a thousand cookies": _malformed(
        sends(answer(LEAKED, *(b"Set-Cookie: c%d=%s" % (n, LEAKED) for n in range(1000))))
    ),
    "a thousand early hints": _late(s.hints_a_thousand_times),
    "continues now and then": _late(s.continues_now_and_then),
    "a body that drips": _late(s.drips_a_body),
    "chunks that drip": _late(s.drips_chunks),
    "chunks without end": _malformed(
        s.sends_chunks_without_end, tries=WHILE_TIME, late_code="TIMEOUT"
    ),
    "a body without end": _malformed(
        s.sends_a_body_without_end, tries=WHILE_TIME, late_code="TIMEOUT"
    ),
    "a bad chunk size": _closed(sends(head(b"Transfer-Encoding: chunked"), b"zz\r\n", GOOD)),
    "half a chunk": _closed(sends(head(b"Transfer-Encoding: chunked"), b"ff\r\n", GOOD)),
    "a length too long": _closed(sends(head(b"Content-Length: 5000"), GOOD)),
    "a length too long, then silence": _late(and_hangs(head(b"Content-Length: 5000"), GOOD)),
    "a length too short": _malformed(sends(head(b"Content-Length: 20"), GOOD)),
    "a negative length": _closed(sends(head(b"Content-Length: -5"), GOOD)),
    "two lengths": _closed(sends(head(b"Content-Length: 2", b"Content-Length: 20"), GOOD)),
    "not gzip": _malformed(sends(s.NOT_GZIP)),
    "half of a gzip": _malformed(sends(s.HALF_GZIP)),
    "a bomb": _malformed(s.sends_a_bomb),
    "a bomb in a bomb": _malformed(s.sends_a_bomb_in_a_bomb),
    "an encoding that nobody asked for": _malformed(
        sends(answer(b"\x1b\x00" + LEAKED, b"Content-Encoding: br"))
    ),
    "utf-16": _malformed(sends(answer(GOOD.decode().encode("utf-16")))),
    "bytes that are no text": _malformed(sends(answer(GOOD.replace(b"[]", b'"\xff\xfe"')))),
}

KINDS = SWITCHES | SOCKETS

# These take as long as their deadlines are, whatever the gateway does: they are asked at once.
SILENT = {name: kind for name, kind in KINDS.items() if kind.is_silent}
PROMPT = {name: kind for name, kind in KINDS.items() if not kind.is_silent}

# httpx looks where a redirect leads although it does not follow it, and takes any version.
PROMPT_OVER_HTTPX = PROMPT | {
    "redirect to nowhere": _closed(Fault("redirect", location="http://[::bad")),
    "wrong version": _malformed(s.has_another_version),
}
