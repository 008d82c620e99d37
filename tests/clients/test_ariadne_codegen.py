"""ariadne-codegen, in an environment of its own: what it generates runs."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.clients.touring import assert_toured
from tests.running import Gateway

FOLDER = Path(__file__).parent
SOURCES = FOLDER / "ariadne"
LOCK = SOURCES / "requirements.lock"
ENVIRONMENT = SOURCES / ".venv"
STAMP = ENVIRONMENT / "installed"
OPERATIONS = FOLDER / "operations.graphql"


@pytest.fixture(scope="session")
def environment() -> Path:
    """The environment's programs; made once, and anew when the lock or this Python is another."""
    wanted = f"{sys.version}\n{LOCK.read_text()}"
    if not (STAMP.exists() and STAMP.read_text() == wanted):
        for command in (
            ["venv", "--clear", "--python", sys.executable, str(ENVIRONMENT)],
            ["pip", "sync", "--require-hashes", "--python", str(ENVIRONMENT), str(LOCK)],
        ):
            uv = [find_uv_bin(), "--quiet", *command]
            done = subprocess.run(uv, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"the environment cannot be made here: {done.stderr}")
        STAMP.write_text(wanted)
    return ENVIRONMENT / "bin"


def test_generated_client_tours(
    environment: Path,
    gateway: Gateway,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    tmp_path: Path,
) -> None:
    def run(program: str, *arguments: str) -> str:
        command = [str(environment / program), *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    for source in (SOURCES / "ariadne-codegen.toml", SOURCES / "main.py", OPERATIONS):
        shutil.copy(source, tmp_path)
    (tmp_path / "schema.graphql").write_bytes(gateway.http.get("/schema.graphql").content)
    run("ariadne-codegen", "--config", "ariadne-codegen.toml", "client")
    told = json.loads(run("python", "main.py", f"{gateway.origin}/graphql"))
    assert_toured(told, gateway, piggy, pixlpay)
