"""What is told of known vulnerabilities: found, none, or that nobody knows, which is not none."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters._sandbox.serving import serve_in_thread
from scripts import audit
from scripts.audit import Verdict
from tests.project.test_setup import ROOT, SHIP_LOCK

VULNERABILITY = {
    "id": "MADE-UP-1",
    "summary": "Does what it should not.",
    "affected": [
        {
            "package": {"name": "aiodataloader", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
        }
    ],
}


def asked(question: str, status: int, answer: Any) -> Verdict:
    """What the script makes of a source of advisories that answers everything so."""

    async def tell(_: Request) -> Response:
        return JSONResponse(answer, status)

    application = Starlette(routes=[Route("/{path:path}", tell, methods=["GET", "POST"])])
    with serve_in_thread(application) as served:
        environment = {
            "PIP_AUDIT_VULNERABILITY_SERVICE": "osv",
            "PIP_AUDIT_OSV_URL": served.origin,
            "npm_config_registry": served.origin,
        }
        code = f"import sys; from scripts import audit; sys.exit(audit.{question})"
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)
    return Verdict(done.returncode)


@pytest.mark.parametrize(
    ("status", "answer", "verdict"),
    [
        (200, {}, Verdict.PASSED),
        (200, {"vulns": [VULNERABILITY]}, Verdict.VULNERABLE),
        (403, {}, Verdict.SKIPPED),
    ],
    ids=["none", "one", "nobody-knows"],
)
def test_python_packages(tmp_path: Path, status: int, answer: Any, verdict: Verdict) -> None:
    _, first, *_ = re.split(r"\n(?=\w)", SHIP_LOCK.read_text(encoding="utf-8"))
    lock = tmp_path / "one.lock"
    lock.write_text(first)
    assert asked(f"python_packages({str(lock)!r})", status, answer) is verdict


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_javascript_packages_that_nobody_tells_of_have_not_passed() -> None:
    assert asked("javascript_packages('web')", 403, {}) is Verdict.SKIPPED


def test_what_was_not_looked_up_has_not_passed() -> None:
    assert audit.report("a.lock", [], looked_up=1, total=2) is Verdict.SKIPPED
    assert audit.report("a.lock", [], looked_up=0, total=0) is Verdict.SKIPPED
    assert audit.report("a.lock", ["b 1: MADE-UP-1"], looked_up=1, total=2) is Verdict.VULNERABLE
