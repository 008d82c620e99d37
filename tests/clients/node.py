"""Programs under Node: what they need, and what they print."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.running import Gateway

FOLDER = Path(__file__).parent
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules").exists(),
    reason="needs Node and `npm ci --prefix tests/clients`",
)


def node(*arguments: str | Path, cwd: Path = FOLDER) -> str:
    """What a script prints that must not fail."""
    command = [NODE or "node", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def told(script: str, gateway: Gateway, *arguments: str, cwd: Path = FOLDER) -> Any:
    """The JSON that a script prints of what it asked a gateway."""
    return json.loads(node(script, f"{gateway.origin}/graphql", *arguments, cwd=cwd))


def project(sources: Path, folder: Path, gateway: Gateway, *others: str) -> Callable[..., str]:
    """A copy of a project's sources, `others` of this folder with them, in a folder that has the
    gateway's schema and the installed packages. Gives what runs one of their programs there."""
    copies = [*sources.iterdir(), *(FOLDER / name for name in others)]
    for source in copies:
        shutil.copy(source, folder)
    (folder / "schema.graphql").write_bytes(gateway.http.get("/schema.graphql").content)
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")

    def run(program: str) -> str:
        return node(folder / "node_modules" / ".bin" / program, cwd=folder)

    return run
