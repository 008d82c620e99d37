"""The example of a provider in a package of its own: installed, it is there like the others."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.gateway.processes import lines_until, running
from tests.running import NO_TLS

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/bramble"
PAGE = ROOT / "docs/adding-a-provider.md"

QUERY = """{
  programs { key provider { key } settings { referrerIncentive { summary } } }
  referrals(first: 12) {
    nodes { program { key } referrer { name } referredAt }
    sources { program { key } status isComputed }
  }
  statistics { totalReferrals sources { program { key } status isComputed } }
}"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which the example is installed, beside what is installed here."""
    folder = tmp_path_factory.mktemp("installed")
    options = ["--offline", "--no-deps", "--no-build-isolation", "--target", str(folder)]
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--quiet", *options, EXAMPLE],
        env={**os.environ, "VIRTUAL_ENV": sys.prefix},
        check=True,
    )
    return {"PYTHONPATH": str(folder)}


def test_it_passes_the_contract_and_its_own_tests(
    installed: dict[str, str], tmp_path: Path
) -> None:
    suites = ["--pyargs", "adapters.contract", str(EXAMPLE / "tests"), "-k", "bramble"]
    config = tmp_path / "pytest.ini"  # as a package elsewhere has it, not this project's
    config.write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", config, *suites],
        cwd=tmp_path,
        env={**os.environ, **installed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    passed = re.search(r"^(\d+) passed, \d+ deselected in", done.stdout, re.MULTILINE)
    assert passed is not None, done.stdout
    assert int(passed[1]) > 100


def test_one_query_is_answered_over_the_programs_of_all_three(installed: dict[str, str]) -> None:
    arguments = ["--port", "0", "--bramble-referrals", "70"]
    with running("demo", *arguments, environment=installed) as process:
        lines = lines_until(process.stdout, r"^}$")
        (endpoint,) = [line.split()[1] for line in lines if line.startswith("Endpoint")]
        with httpx.Client(verify=NO_TLS, trust_env=False, timeout=60) as client:
            answer = client.post(endpoint, json={"query": QUERY}).json()
    assert "errors" not in answer
    data = answer["data"]
    programs = {program["key"]: program for program in data["programs"]}
    assert programs.keys() == {"bramble", "coral-avenue", "block-haven"}
    assert programs["bramble"]["settings"] == {"referrerIncentive": {"summary": "12.50 EUR off"}}
    rows = [row for row in data["referrals"]["nodes"] if row["program"]["key"] == "bramble"]
    assert len(rows) == 4
    assert all(row["referrer"]["name"] and row["referredAt"] for row in rows)
    for part in ("referrals", "statistics"):
        sources = {source["program"]["key"]: source for source in data[part]["sources"]}
        assert {key: source["status"] for key, source in sources.items()} == dict.fromkeys(
            programs, "FRESH"
        )
        assert not sources["bramble"]["isComputed"]
    assert data["statistics"]["totalReferrals"] == 470


def lines_of(code: str) -> str:
    """The lines, wherever they are indented to."""
    return "\n".join(line.strip() for line in code.splitlines() if line.strip())


def test_what_the_page_shows_is_the_example() -> None:
    files = [path for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml")]
    code = [lines_of(path.read_text(encoding="utf-8")) for path in files]
    page = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:python|toml)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    assert [b for b in blocks if not any(lines_of(b) in text for text in code)] == []
