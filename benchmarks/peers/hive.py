"""Hive Gateway over a supergraph that Mesh composes out of samples of the vendors' answers."""

import os
import subprocess
from pathlib import Path

import orjson

from benchmarks.contenders import Contender, Launch
from benchmarks.ours import TOKENS
from benchmarks.peers import node
from benchmarks.peers.npm import install, installed_version
from benchmarks.processes import DidNotStart
from benchmarks.upstream.recording import (
    PIGGY_COMPLETED,
    PIGGY_REFERRALS,
    PIGGY_SETTINGS,
    PIGGY_TIERS,
    PIXLPAY_REFERRALS,
    PIXLPAY_SETTINGS,
    PIXLPAY_STATISTICS,
    PIXLPAY_TIERS,
)

FOLDER = node.FOLDER / "hive"
BIN = FOLDER / "node_modules" / ".bin"
COMPOSE_SECONDS = 60.0

# The operations of operations.js.
SAMPLES = {
    "piggySettings": PIGGY_SETTINGS,
    "piggyTiers": PIGGY_TIERS,
    "piggyReferrals": PIGGY_REFERRALS,
    "piggyCompleted": PIGGY_COMPLETED,
    "pixlpaySettings": PIXLPAY_SETTINGS,
    "pixlpayTiers": PIXLPAY_TIERS,
    "pixlpayReferrals": PIXLPAY_REFERRALS,
    "pixlpayStatistics": PIXLPAY_STATISTICS,
}


def hive() -> Contender:
    """Raises NotInstalled."""
    install(node.FOLDER)  # for what shop.js imports
    install(FOLDER)
    version = installed_version(FOLDER, "@graphql-hive/gateway")
    return Contender("Hive Gateway (Mesh)", version, _prepare)


def _prepare(port: int, origin: str, folder: Path) -> Launch:
    supergraph = folder / f"supergraph-{port}.graphql"
    environment = {
        **TOKENS,
        "UPSTREAM": origin,
        "SAMPLES": str(_samples(folder)),
        "SUPERGRAPH": str(supergraph),
        "NODE_ENV": "production",
    }
    composed = subprocess.run(
        [BIN / "mesh-compose", "-c", "mesh.config.js", "-o", str(supergraph)],
        cwd=FOLDER,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=COMPOSE_SECONDS,
        check=False,
    )
    if composed.returncode:
        raise DidNotStart(composed.stdout[-500:] + composed.stderr[-500:])
    options = ["-c", "gateway.config.js", "--host", "127.0.0.1", "--port", str(port), "--fork", "1"]
    command = [str(BIN / "hive-gateway"), "supergraph", str(supergraph), *options]
    return Launch(command, FOLDER, environment)


def _samples(folder: Path) -> Path:
    """The recorded answers under the names of the operations."""
    index: dict[str, str] = orjson.loads((folder / "index.json").read_bytes())
    samples = folder / "samples"
    samples.mkdir(exist_ok=True)
    contact = next(target for target in index if "/contacts/" in target)
    for operation, target in (SAMPLES | {"piggyContact": contact}).items():
        (samples / f"{operation}.json").write_bytes((folder / index[target]).read_bytes())
    return samples
