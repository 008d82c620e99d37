"""The peers in Python, which need nothing that the gateway does not."""

import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.contenders import Contender, Launch
from benchmarks.ours import ROOT, TOKENS

UVICORN = [sys.executable, "-m", "uvicorn", "--no-access-log", "--log-level", "warning"]


def _strawberry(port: int, origin: str, _: Path) -> Launch:
    command = [*UVICORN, "--port", str(port), "benchmarks.peers.plain_strawberry:application"]
    return Launch(command, ROOT, {**TOKENS, "UPSTREAM": origin})


PLAIN_STRAWBERRY = Contender(
    "Strawberry + httpx",
    f"{version('strawberry-graphql')}, {version('httpx')}",
    _strawberry,
)
