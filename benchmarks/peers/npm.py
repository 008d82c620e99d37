"""Installs JavaScript packages as a lock file pins them."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import orjson

INSTALL_SECONDS = 400.0


class NotInstalled(Exception):
    """The packages cannot be had; the text says why."""


def install(folder: Path) -> None:
    """Make `node_modules` hold what the lock file beside it pins. Raises NotInstalled."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotInstalled("there is no Node.js here")
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing {folder.name} by npm ...", file=sys.stderr, flush=True)
    try:
        subprocess.run(
            [npm, "ci", "--silent", "--ignore-scripts"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        raise NotInstalled(f"npm failed: {error.stderr.strip()[:200]}") from None
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"npm took over {INSTALL_SECONDS:g} seconds") from None
    stamp.write_text(wanted)


def installed_version(folder: Path, package: str) -> str:
    """The version of an installed package."""
    described = orjson.loads((folder / "node_modules" / package / "package.json").read_bytes())
    return str(described["version"])
