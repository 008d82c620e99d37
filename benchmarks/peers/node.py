"""The peers in JavaScript, installed by npm into `node_modules` beside this file."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import orjson

from benchmarks.contenders import Contender, Launch, Prepare
from benchmarks.ours import TOKENS

FOLDER = Path(__file__).parent
MODULES = FOLDER / "node_modules"
STAMP = MODULES / "installed"
INSTALL_SECONDS = 300.0


class NotInstalled(Exception):
    """The peers cannot be had; the text says why."""


def install() -> None:
    """Make `node_modules` hold what the lock file pins. Raises NotInstalled."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotInstalled("there is no Node.js here")
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("Installing peers by npm ...", file=sys.stderr, flush=True)
    try:
        subprocess.run(
            [npm, "ci", "--silent", "--ignore-scripts"],
            cwd=FOLDER,
            check=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        raise NotInstalled(f"npm failed: {error.stderr.strip()[:200]}") from None
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"npm took over {INSTALL_SECONDS:g} seconds") from None
    STAMP.write_text(wanted)


def contenders() -> list[Contender]:
    """Those that are installed. Raises NotInstalled."""
    install()
    return [
        Contender("Apollo Server", _version("@apollo/server"), _script("apollo.js")),
        Contender(
            "Mercurius + graphql-jit",
            f"{_version('mercurius')}, {_version('graphql-jit')}",
            _script("mercurius.js"),
        ),
    ]


def _script(name: str) -> Prepare:
    def prepare(port: int, origin: str, _: Path) -> Launch:
        environment = {**TOKENS, "UPSTREAM": origin, "NODE_ENV": "production"}
        return Launch(["node", name, str(port)], FOLDER, environment)

    return prepare


def _version(package: str) -> str:
    described = orjson.loads((MODULES / package / "package.json").read_bytes())
    return str(described["version"])
