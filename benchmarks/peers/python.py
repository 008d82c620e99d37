"""The peers in Python, which need nothing that the gateway does not."""

import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.contenders import Contender, Launch
from benchmarks.ours import KEPT_SECONDS, ROOT, TOKENS, configuration, two_programs

UVICORN = [sys.executable, "-m", "uvicorn", "--no-access-log", "--log-level", "warning"]


def _strawberry(port: int, origin: str, _: Path) -> Launch:
    command = [*UVICORN, "--port", str(port), "benchmarks.peers.plain_strawberry:application"]
    return Launch(command, ROOT, {**TOKENS, "UPSTREAM": origin})


PLAIN_STRAWBERRY = Contender(
    "Strawberry + httpx",
    f"{version('strawberry-graphql')}, {version('httpx')}",
    _strawberry,
)


def _ready_bytes(port: int, origin: str, folder: Path) -> Launch:
    programs = two_programs(origin)
    file = configuration(programs, port, folder, fresh=KEPT_SECONDS, response=KEPT_SECONDS)
    command = [*UVICORN, "--port", str(port), "benchmarks.peers.ready_bytes:application"]
    return Launch(command, ROOT, {**TOKENS, "REFERRAL_GATEWAY_CONFIG": str(file)})


READY_BYTES = Contender(
    "uvicorn, ready bytes", version("uvicorn"), _ready_bytes, calls_upstream=False
)
