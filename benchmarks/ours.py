"""This gateway, in the states that it is measured in."""

import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.contenders import Contender, Launch
from benchmarks.questions import BLOCK_HAVEN, CORAL_AVENUE

ROOT = Path(__file__).parents[1]

KEPT_SECONDS = 3600.0
"""Longer than any measurement."""

TOKENS = {
    "BENCH_PIGGY_TOKEN": "sandbox-piggy-token",
    "BENCH_PIXLPAY_TOKEN": "sandbox-pixlpay-token",
}

PROGRAM = """\
[[programs]]
key = "{key}"
name = "{name}"
provider = "{provider}"
base_url = "{origin}"
token_env = "BENCH_{token}_TOKEN"
calls_per_minute = 0
"""
TUNING = """\
[cache]
fresh_seconds = {fresh}
response_seconds = {response}

[upstream]
queue = 100000
read_seconds = 60
exchange_seconds = 60
operation_seconds = 60
"""


def program(key: str, provider: str, origin: str) -> str:
    """A program in the configuration's own words."""
    name = key.replace("-", " ").title()
    return PROGRAM.format(
        key=key, name=name, provider=provider, origin=origin, token=provider.upper()
    )


def two_programs(origin: str) -> str:
    """The programs that the questions are about, both at one origin."""
    return program(CORAL_AVENUE, "piggy", origin) + program(BLOCK_HAVEN, "pixlpay", origin)


def configuration(programs: str, port: int, folder: Path, *, fresh: float, response: float) -> Path:
    """The file for a gateway at a port. Patient: what it gave up would cost nothing."""
    file = folder / f"gateway-{port}.toml"
    file.write_text(programs + TUNING.format(fresh=fresh, response=response))
    return file


def launch(
    programs: str,
    port: int,
    folder: Path,
    *,
    fresh: float,
    response: float,
    workers: int = 1,
    calls: int | None = None,
) -> Launch:
    """The gateway over these programs. `calls` is the limit on what an operation may cost, where it
    is not to be the usual one."""
    limits = "" if calls is None else f"[limits]\ncalls = {calls}\n"
    file = configuration(programs + limits, port, folder, fresh=fresh, response=response)
    serve = ["serve", "--config", str(file), "--port", str(port), "--workers", str(workers)]
    return Launch([sys.executable, "-m", "gateway", *serve], ROOT, TOKENS)


VERSION = version("referral-gateway")


def _state(name: str, *, fresh: float, response: float) -> Contender:
    def prepare(port: int, origin: str, folder: Path) -> Launch:
        return launch(two_programs(origin), port, folder, fresh=fresh, response=response)

    return Contender(f"gateway, {name}", VERSION, prepare, calls_upstream=not fresh, is_ours=True)


COLD = _state("cold", fresh=0, response=0)

STATES = (
    COLD,
    _state("upstream fresh", fresh=KEPT_SECONDS, response=0),
    _state("from memory", fresh=KEPT_SECONDS, response=KEPT_SECONDS),
)
