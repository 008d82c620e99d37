"""The switch under which a machine that lacks something fails the run instead of skipping."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SKIPPING = """
import pytest

@pytest.mark.skipif(True, reason="by its mark")
def test_marked(): ...

def test_within(): pytest.skip("within itself")

@pytest.fixture
def lacking(): pytest.skip("by its fixture")

def test_of_fixture(lacking): ...

@pytest.mark.xfail(strict=True)
def test_known(): raise ValueError
"""
WHOLE = "import pytest; pytest.skip('as a whole', allow_module_level=True)"


def run(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    (folder / "test_skipping.py").write_text(SKIPPING)
    (folder / "test_whole.py").write_text(WHOLE)
    (folder / "pytest.ini").write_text("[pytest]\n")
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--continue-on-collection-errors", folder],
        cwd=ROOT,
        # No plugin is needed, and loading all of them takes longer than the tests.
        env={k: v for k, v in os.environ.items() if "NO_SKIPS" not in k}
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "code", "counted"),
    [
        ({}, 0, "4 skipped, 1 xfailed"),
        ({"REFERRAL_GATEWAY_NO_SKIPS": "1"}, 1, "1 failed, 1 xfailed, 3 errors"),
    ],
    ids=["skips", "fails"],
)
def test_what_is_skipped_fails_where_nothing_may_be(
    environment: dict[str, str], code: int, counted: str, tmp_path: Path
) -> None:
    done = run(tmp_path, environment)
    assert (done.returncode, counted in done.stdout) == (code, True), done.stdout
    if code:
        for reason in ("by its mark", "within itself", "by its fixture", "as a whole"):
            assert f"{reason}, and REFERRAL_GATEWAY_NO_SKIPS is set" in done.stdout
