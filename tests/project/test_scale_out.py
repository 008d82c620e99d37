"""`make scale-out` shows what docs/sharing.md says that it does."""

import re
from pathlib import Path

import pytest

from scripts.scale_out.demonstration import UNDER_WAY, demonstrate
from scripts.scale_out.processes import server_program
from tests.redis_server import needs_redis

SHARING = Path(__file__).parents[2] / "docs/sharing.md"


@needs_redis
def test_what_gateways_share_holds(capsys: pytest.CaptureFixture[str]) -> None:
    program = server_program()
    assert program is not None
    figures = demonstrate(program, seconds=1)
    assert figures.reads == 1
    assert figures.seen_ms is not None
    assert figures.load.answered > 0
    assert figures.load.lost == 0
    for spent in figures.spent:
        assert 0 < spent.busiest_minute <= spent.calls_per_minute
        assert spent.refused == 0
    assert figures.failover.answered >= 2 * UNDER_WAY
    assert figures.failover.again >= UNDER_WAY
    assert figures.failover.lost == 0
    assert figures.holds
    assert form(capsys.readouterr().out) == form(shown())


def shown() -> str:
    """What the page has of it."""
    page = SHARING.read_text(encoding="utf-8")
    match = re.search(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert match is not None
    return match[1]


def form(text: str) -> str:
    """A text whatever its figures, and whichever server was there."""
    return re.sub(r"\d+", "0", re.sub("(redis|valkey)-server", "a server", text)).strip()
