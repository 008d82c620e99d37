"""Work on the project from a checkout, with nothing but Python 3.11 or newer and its pip.

    python3 scripts/dev.py run [ARG ...]     start the gateway over its own sandboxes
    python3 scripts/dev.py test [ARG ...]    run the tests; arguments go to pytest
    python3 scripts/dev.py soak [ARG ...]    the tests that gain by length; arguments go to pytest
    python3 scripts/dev.py check             style, types, imports, and what releases promise
    python3 scripts/dev.py docs              make the pages of docs/ into a site, in site/
    python3 scripts/dev.py renew             renew what these pages show of the code
    python3 scripts/dev.py bench [ARG ...]   measure the gateway beside its peers; see --help
    python3 scripts/dev.py scale-out [ARG]   show what gateways share that run side by side
    python3 scripts/dev.py dist              build what is published, with bills of materials
    python3 scripts/dev.py audit             ask for known vulnerabilities of what is locked
    python3 scripts/dev.py format            put the sources into the project's style
    python3 scripts/dev.py lock [ARG ...]    renew the lock files; arguments go to uv pip compile
    python3 scripts/dev.py clean             remove the environment, the site and all caches

Each command first makes .venv from a lock file, or brings it up to date. Nothing is installed
outside of .venv.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the reader's Python, not the project's
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"Python 3.11 or newer is needed, this is {version}. Try: make run PYTHON=python3.11")

import hashlib
import importlib.util
import os
import shutil
import subprocess
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "installed"

RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
SHIP_LOCK = "deploy/requirements.lock"  # with the extras and without what builds
CLIENT = "tests/clients/ariadne"  # what does not resolve beside the project

LONG_TESTS = ("tests/gateway/test_soak.py", "tests/gateway/execution/test_same_answers.py")

SITE = "site"
DOCTREES = ".doctrees"

CACHES = (
    DOCTREES,
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
)


def run(arguments: Sequence[str]) -> NoReturn:
    prepare(RUN_LOCK)
    subprocess.call([PYTHON, ROOT / "scripts" / "build_web.py"])
    become(PYTHON, "-m", "gateway", "demo", *arguments)


def test(arguments: Sequence[str]) -> NoReturn:
    prepare(DEV_LOCK)
    # Before there are several processes, each of which would.
    subprocess.call([PYTHON, ROOT / "scripts" / "build_web.py"])
    # More processes than cores, as most tests wait more than they work; a file stays in one.
    processes = max(3, min(8, os.cpu_count() or 1))
    # Or each process compiles what it imports anew: those that run the tests take twice as long to
    # begin, and tests start many more.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # In the order of tests/conftest.py, the longest first.
    spread = ("-n", str(processes), "--dist=loadfile", "--no-loadscope-reorder")
    become(PYTHON, "-m", "pytest", *spread, *arguments)


def soak(arguments: Sequence[str]) -> NoReturn:
    prepare(DEV_LOCK)
    os.environ["SOAK"] = "1"
    become(PYTHON, "-m", "pytest", "-s", *LONG_TESTS, *arguments)


def check(_: Sequence[str]) -> NoReturn:
    prepare(DEV_LOCK)
    codes = [
        subprocess.call([BIN / "ruff", "check"], cwd=ROOT),
        subprocess.call([BIN / "ruff", "format", "--check"], cwd=ROOT),
        subprocess.call([BIN / "mypy"], cwd=ROOT),
        subprocess.call([BIN / "lint-imports", "--no-logo"], cwd=ROOT),
        subprocess.call([PYTHON, "-m", "scripts.releases"], cwd=ROOT),
    ]
    sys.exit(any(codes))


def docs(_: Sequence[str]) -> NoReturn:
    prepare(DEV_LOCK)
    # Anew each time: a page that did not change is not warned of again, one that went would stay.
    shutil.rmtree(ROOT / SITE, ignore_errors=True)
    become(BIN / "sphinx-build", "-W", "--keep-going", "-q", "-E", "-d", DOCTREES, "docs", SITE)


def renew(_: Sequence[str]) -> NoReturn:
    prepare(DEV_LOCK)
    become(PYTHON, "-m", "scripts.pages")


def bench(arguments: Sequence[str]) -> NoReturn:
    prepare(DEV_LOCK)
    become(PYTHON, "-m", "benchmarks", *arguments)


def scale_out(arguments: Sequence[str]) -> NoReturn:
    prepare(DEV_LOCK)
    become(PYTHON, "-m", "scripts.scale_out", *arguments)


def dist(_: Sequence[str]) -> NoReturn:
    prepare(DEV_LOCK)
    become(PYTHON, ROOT / "scripts" / "dist.py")


def audit(_: Sequence[str]) -> NoReturn:
    prepare(DEV_LOCK)
    become(PYTHON, ROOT / "scripts" / "audit.py")


def format_sources(_: Sequence[str]) -> None:
    prepare(DEV_LOCK)
    call(BIN / "ruff", "check", "--fix-only", "--exit-zero", "--quiet")
    call(BIN / "ruff", "format")


def lock(arguments: Sequence[str]) -> None:
    prepare(DEV_LOCK)
    options = [
        "--universal",
        "--python-version=3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--custom-compile-command=python3 scripts/dev.py lock",
        "--quiet",
        *arguments,
    ]
    compile_lock: list[str | Path] = [BIN / "uv", "pip", "compile", *options]
    project = [*compile_lock, "pyproject.toml"]
    call(*project, "--group=dev", "--all-extras", f"--output-file={DEV_LOCK}")
    # Constrained by the other lock, so that both pin the same release of what they share.
    same = [*project, f"--constraints={DEV_LOCK}"]
    call(*same, "--group=build", f"--output-file={RUN_LOCK}")
    call(*same, "--all-extras", f"--output-file={SHIP_LOCK}")
    call(*compile_lock, f"{CLIENT}/requirements.in", f"--output-file={CLIENT}/requirements.lock")


def clean(_: Sequence[str]) -> None:
    made = (ROOT / path for path in (f"{CLIENT}/.venv", SITE, *CACHES))
    for path in (VENV, *made):
        shutil.rmtree(path, ignore_errors=True)


def prepare(lock_file: str) -> None:
    """Make .venv hold what a lock file pins and the project itself; do nothing when it does."""
    origin = f"Python {sys.version_info.major}.{sys.version_info.minor} in {ROOT}\n"
    wanted = origin + contents(lock_file)
    found = STAMP.read_text(encoding="utf-8") if STAMP.exists() and PYTHON.exists() else ""
    if found in (wanted, origin + contents(DEV_LOCK)):
        return
    print(f"Installing {lock_file} into {VENV.name} ...", file=sys.stderr, flush=True)
    if not found.startswith(origin):
        if VENV.is_symlink():  # another checkout's environment, which is not this one's to clear
            VENV.unlink()
        venv.create(VENV, clear=True, symlinks=os.name != "nt")
    # Without its stamp, an environment that is interrupted from here on is made anew.
    STAMP.unlink(missing_ok=True)
    install = [*pip(), "install", "--quiet", "--disable-pip-version-check", "--no-user"]
    call(*install, "--no-deps", "--require-hashes", "-r", lock_file)
    call(*install, "--no-deps", "--no-build-isolation", "-e", ".")
    STAMP.write_text(wanted, encoding="utf-8")


def contents(lock_file: str) -> str:
    """What an environment made from a lock file depends on, as a line of the stamp."""
    files = (ROOT / lock_file, ROOT / "pyproject.toml")
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files))
    return f"{lock_file} {digest.hexdigest()}\n"


def pip() -> list[str | Path]:
    """The pip that installs into .venv: the running Python's own, which saves installing one.

    It can do that since 22.3. Where there is none or an older one, .venv gets its own.
    """
    if importlib.util.find_spec("pip"):
        major, minor = importlib.import_module("pip").__version__.split(".")[:2]
        if (int(major), int(minor)) >= (22, 3):
            return [sys.executable, "-m", "pip", "--python", PYTHON]
    if importlib.util.find_spec("ensurepip"):
        call(PYTHON, "-m", "ensurepip")
        return [PYTHON, "-m", "pip"]
    sys.exit(f"{sys.executable} needs pip 22.3 or newer, which Debian calls python3-pip.")


def call(*command: str | Path) -> None:
    code = subprocess.call(command, cwd=ROOT)
    if code:
        sys.exit(code)


def become(*command: str | Path) -> NoReturn:
    """Go on as another program, which then gets the signals."""
    if os.name == "nt":  # where exec leaves the terminal to the shell at once
        sys.exit(subprocess.call(command, cwd=ROOT))
    os.chdir(ROOT)
    os.execv(command[0], command)


COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    "run": run,
    "test": test,
    "soak": soak,
    "check": check,
    "docs": docs,
    "renew": renew,
    "bench": bench,
    "scale-out": scale_out,
    "dist": dist,
    "audit": audit,
    "format": format_sources,
    "lock": lock,
    "clean": clean,
}


def main() -> None:
    command, *arguments = sys.argv[1:] or ["--help"]
    if command in ("-h", "--help"):
        print(__doc__)
    elif command not in COMMANDS:
        sys.exit(f"{command} is not one of {', '.join(COMMANDS)}")
    else:
        try:
            COMMANDS[command](arguments)
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()
