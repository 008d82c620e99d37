"""This gateway, in the states that it is measured in."""

import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.contenders import Contender, Launch, Prepare
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


def launch(
    programs: str, port: int, folder: Path, *, fresh: float, response: float, workers: int = 1
) -> Launch:
    """The gateway over these programs. Its queue is long: what is turned away costs nothing."""
    file = folder / f"gateway-{port}.toml"
    file.write_text(programs + TUNING.format(fresh=fresh, response=response))
    serve = ["serve", "--config", str(file), "--port", str(port), "--workers", str(workers)]
    return Launch([sys.executable, "-m", "gateway", *serve], ROOT, TOKENS)


def _prepare(*, fresh: float, response: float, workers: int = 1) -> Prepare:
    def prepare(port: int, origin: str, folder: Path) -> Launch:
        programs = two_programs(origin)
        return launch(programs, port, folder, fresh=fresh, response=response, workers=workers)

    return prepare


VERSION = version("referral-gateway")

COLD = Contender("gateway, cold", VERSION, _prepare(fresh=0, response=0))
WARM = Contender(
    "gateway, upstream fresh",
    VERSION,
    _prepare(fresh=KEPT_SECONDS, response=0),
    calls_upstream=False,
)
FROM_MEMORY = Contender(
    "gateway, from memory",
    VERSION,
    _prepare(fresh=KEPT_SECONDS, response=KEPT_SECONDS),
    calls_upstream=False,
)
TWO_WORKERS = Contender(
    "gateway, cold, two workers", VERSION, _prepare(fresh=0, response=0, workers=2)
)

STATES = (COLD, WARM, FROM_MEMORY)
