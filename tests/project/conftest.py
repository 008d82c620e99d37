"""The project as it is distributed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive, both of this checkout."""
    if shutil.which("npm") is None:
        pytest.skip("the pages in them are built by Node.js, which is not here")
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Installs a distribution or a checkout and what it names, as locked, into an empty
    environment, with the programs of `path` and no others where it is given. Gives the environment.
    """

    def install(source: Path, *, path: str | None = None) -> Path:
        environment = tmp_path_factory.mktemp("environment")
        lock = ROOT / "requirements.lock"
        for command in (
            ["venv", "--clear", "--python", sys.executable, environment],
            [
                *("pip", "install", "--python", environment),
                *("--constraints", lock, "--build-constraints", lock),
                source,
            ],
        ):
            uv = [find_uv_bin(), "--quiet", *map(str, command)]
            done = subprocess.run(
                uv,
                cwd=environment,
                env=dict(os.environ) if path is None else {**os.environ, "PATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        return environment

    return install
