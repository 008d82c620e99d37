"""The wheel, the source archive and the checkout, each installed where there is nothing else."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.gateway.processes import lines_until, running
from tests.project.test_setup import ROOT, copy_sources
from tests.running import NO_TLS

QUERY = "{ referrals(first: 6) { nodes { status program { key } } sources { status } } }"


@pytest.fixture(
    scope="session",
    params=["*.whl", "*.tar.gz", None],
    ids=["wheel", "sdist", "checkout"],
)
def environment(
    request: pytest.FixtureRequest, distributions: Path, install: Callable[..., Path]
) -> Path:
    """An environment with nothing but one of the three and what it needs."""
    if request.param is None:
        return install(ROOT)
    (distribution,) = distributions.glob(request.param)
    return install(distribution)


@contextmanager
def demo(environment: Path, folder: Path) -> Iterator[httpx.Client]:
    """What the command of an environment serves over sandboxes."""
    program = environment / "bin" / "referral-gateway"
    with running("demo", "--port", "0", program=program, cwd=folder) as process:
        *_, endpoint = lines_until(process.stdout, "^Endpoint ")
        origin = endpoint.split()[1].removesuffix("/graphql")
        with httpx.Client(base_url=origin, verify=NO_TLS, trust_env=False, timeout=60) as http:
            yield http


def test_demo_answers_and_serves_the_built_pages_whole(environment: Path, tmp_path: Path) -> None:
    with demo(environment, tmp_path) as http:
        answer = http.post("/graphql", json={"query": QUERY}).json()
        assert len(answer["data"]["referrals"]["nodes"]) == 6
        assert answer["data"]["referrals"]["sources"] == [{"status": "FRESH"}] * 2
        for page in ("graphiql", "dashboard"):
            shown = http.get(f"/{page}")
            assets = re.findall(r'(?:src|href)="([^"]+)"', shown.text)
            assert any(page in asset and asset.endswith(".js") for asset in assets), shown.text
            for asset in assets:
                assert http.get(shown.url.join(asset)).raise_for_status().content


def test_a_checkout_without_node_has_the_plain_page_which_says_why(
    install: Callable[..., Path], tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    copy_sources(checkout)
    shutil.rmtree(checkout / "gateway" / "static", ignore_errors=True)
    environment = install(checkout, path="")
    with demo(environment, tmp_path) as http:
        for page in ("graphiql", "dashboard"):
            shown = http.get(f"/{page}")
            assert "was not built: that takes Node.js" in " ".join(shown.text.split())
            for asset in re.findall(r'(?:src|href)="(\./assets/[^"]+)"', shown.text):
                assert http.get(shown.url.join(asset)).raise_for_status().content
        assert http.post("/graphql", json={"query": QUERY}).json()["data"]


def test_nothing_that_the_checkout_has_is_missing(environment: Path) -> None:
    (installed,) = environment.glob("lib/*/site-packages")
    for package in ("gateway", "adapters"):
        there = files(ROOT / package)
        assert there
        assert files(installed / package) == there


def files(folder: Path) -> dict[str, bytes]:
    """The contents of all files below a folder but what Python makes itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
