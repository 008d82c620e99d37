"""The wheel and the source archive run where there is nothing else of the project."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.gateway.processes import lines_until, running
from tests.running import NO_TLS

QUERY = "{ referrals(first: 6) { nodes { status program { key } } sources { status } } }"


@pytest.fixture(scope="session", params=["*.whl", "*.tar.gz"], ids=["wheel", "sdist"])
def environment(
    request: pytest.FixtureRequest, distributions: Path, install: Callable[[Path], Path]
) -> Path:
    """An environment with nothing but one of the two and what it needs."""
    (distribution,) = distributions.glob(request.param)
    return install(distribution)


def test_demo_answers_and_serves_the_built_pages_whole(environment: Path, tmp_path: Path) -> None:
    program = environment / "bin" / "referral-gateway"
    with (
        running("demo", "--port", "0", program=program, cwd=tmp_path) as process,
        httpx.Client(verify=NO_TLS, trust_env=False, timeout=60) as http,
    ):
        *_, endpoint = lines_until(process.stdout, "^Endpoint ")
        origin = endpoint.split()[1].removesuffix("/graphql")
        answer = http.post(f"{origin}/graphql", json={"query": QUERY}).json()
        assert len(answer["data"]["referrals"]["nodes"]) == 6
        assert answer["data"]["referrals"]["sources"] == [{"status": "FRESH"}] * 2
        for page in ("graphiql", "dashboard"):
            shown = http.get(f"{origin}/{page}")
            assets = re.findall(r'(?:src|href)="([^"]+)"', shown.text)
            assert any(page in asset and asset.endswith(".js") for asset in assets), shown.text
            for asset in assets:
                assert http.get(shown.url.join(asset)).raise_for_status().content


def test_nothing_that_the_checkout_has_is_missing(environment: Path) -> None:
    root = Path(__file__).parents[2]
    (installed,) = environment.glob("lib/*/site-packages")
    for package in ("gateway", "adapters"):
        there = files(root / package)
        assert there
        assert files(installed / package) == there


def files(folder: Path) -> dict[str, bytes]:
    """The contents of all files below a folder but what Python makes itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
