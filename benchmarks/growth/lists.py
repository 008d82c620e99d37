"""Longer lists upstream, and pages far down in them."""

import sys
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson

from benchmarks import ours
from benchmarks.growth.experiment import Growth, Setting, once
from benchmarks.processes import cores, free_port, serving
from benchmarks.questions import CORAL_AVENUE
from gateway.ids import Position, decode_cursor, encode_cursor

PAGE = """{ program(key: "%s") { referrals(first: 100%s) {
  nodes { providerId status referrer { providerId email } }
  pageInfo { hasNextPage endCursor }
} } }"""
STATISTICS = "{ statistics { totalReferrals sources { isComplete } } }"


@contextmanager
def sandbox(setting: Setting, referrals: int) -> Iterator[str]:
    """The configuration of a program at Piggy that has so many referrals and sets no limit."""
    port = free_port()
    module = "benchmarks.upstream.sandbox"
    command = [sys.executable, "-m", module, str(port), str(referrals)]
    log = setting.folder / f"sandbox-{port}.log"
    with serving(command, port=port, on=cores()[1:], log=log, folder=ours.ROOT) as server:
        server.wait_until_accepting()
        yield ours.program(CORAL_AVENUE, "piggy", f"http://127.0.0.1:{port}")


def more_referrals(setting: Setting, counts: Sequence[int]) -> Growth:
    """A page of a list, and figures that the gateway has to count: what is not cheap is bounded."""
    rows = []
    for count in counts:
        with sandbox(setting, count) as programs:
            with setting.gateway(programs) as server:
                page = setting.cost(server, PAGE % (CORAL_AVENUE, ""))
            with setting.gateway(programs, fresh=ours.KEPT_SECONDS) as server:
                before = server.cpu_seconds()
                first = once(server, STATISTICS)
                used = server.cpu_seconds() - before
                told = orjson.loads(first.last)["data"]["statistics"]["totalReferrals"]
                figures = {
                    "page of 100, CPU ms": page.cpu_ms,
                    "counted at once": told,
                    "first count, CPU ms": 1000 * used,
                    "first count, s": first.seconds,
                }
        rows.append((f"{count:,}", figures))
    return Growth("Referrals of a program", list(figures), rows)


def deeper_pages(setting: Setting, pages: Sequence[int], referrals: int = 1_000_000) -> Growth:
    """The page itself, cold, asked for by its cursor."""
    rows = []
    with sandbox(setting, referrals) as programs, setting.gateway(programs) as server:
        answer = orjson.loads(once(server, PAGE % (CORAL_AVENUE, "")).last)
        second = answer["data"]["program"]["referrals"]["pageInfo"]["endCursor"]
        for page in pages:
            after = f', after: "{moved(second, 100 * (page - 1))}"' if page > 1 else ""
            cost = setting.cost(server, PAGE % (CORAL_AVENUE, after))
            figures = {"CPU ms": cost.cpu_ms, "p50 ms": cost.p50_ms}
            rows.append((f"{page:,}", figures))
    return Growth("Page of a list of a million (cold)", list(figures), rows)


def moved(cursor: str, offset: int) -> str:
    """The cursor of the same list over one program at another offset."""
    binding = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[1:9]
    position = decode_cursor(cursor, binding, 1)
    return encode_cursor(Position((offset,), position.turn), binding)
