"""Ask for known vulnerabilities of all that the locks pin.

    python3 scripts/dev.py audit

Exits with 0 when every package was looked up and none has any, with 1 when one has, and with 3 when
no source of advisories answered for some: that is neither.
"""

import json
import shutil
import subprocess
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("deploy/requirements.lock", "requirements-dev.lock")


class Verdict(IntEnum):
    """What came of a lock; its number is the exit code."""

    PASSED = 0
    VULNERABLE = 1
    SKIPPED = 3


def main() -> int:
    verdicts = [python_packages(lock) for lock in LOCKS] + [javascript_packages("web")]
    if Verdict.VULNERABLE in verdicts:
        return Verdict.VULNERABLE
    return max(verdicts)


def python_packages(lock: str) -> Verdict:
    options = ["--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off"]
    told = output(sys.executable, "-m", "pip_audit", "--requirement", lock, *options)
    packages = [] if told is None else told["dependencies"]
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]
    # A source that knows of no package at all has it exit with 0, "no known vulnerabilities found".
    looked_up = sum("skip_reason" not in package for package in packages)
    return report(lock, found, looked_up, len(packages))


def javascript_packages(folder: str) -> Verdict:
    lock = f"{folder}/package-lock.json"
    npm = shutil.which("npm")
    told = npm and output(npm, "audit", "--package-lock-only", "--json", folder=folder)
    if not told or "vulnerabilities" not in told:
        return report(lock, [], 0, 0)
    found = [f"{name}: {about['severity']}" for name, about in told["vulnerabilities"].items()]
    total = told["metadata"]["dependencies"]["total"]
    return report(lock, found, total, total)


def report(lock: str, found: list[str], looked_up: int, total: int) -> Verdict:
    """Say what came of a lock."""
    if found:
        verdict = Verdict.VULNERABLE
    else:
        verdict = Verdict.PASSED if 0 < looked_up == total else Verdict.SKIPPED
    counted = f"{looked_up} of {total} packages looked up" if total else "no advisories to be had"
    print(f"{verdict.name.lower():10}  {lock}: {counted}", *found, sep="\n            ")
    return verdict


def output(*command: str, folder: str = ".") -> Any:
    """The JSON that a command prints, whatever its exit code; None where it prints none."""
    done = subprocess.run(command, cwd=ROOT / folder, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return None


if __name__ == "__main__":
    sys.exit(main())
