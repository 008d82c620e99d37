"""The project as it is distributed."""

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
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Installs a distribution and what it names, as locked, into an empty environment. Gives the
    environment."""

    def install(distribution: Path) -> Path:
        environment = tmp_path_factory.mktemp("environment")
        lock = ROOT / "requirements.lock"
        for command in (
            ["venv", "--clear", "--python", sys.executable, environment],
            [
                *("pip", "install", "--python", environment),
                *("--constraints", lock, "--build-constraints", lock),
                distribution,
            ],
        ):
            uv = [find_uv_bin(), "--quiet", *map(str, command)]
            done = subprocess.run(uv, cwd=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        return environment

    return install
