"""The site of the pages: complete, at home without a network, and found in."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.conftest import ROOT, Watched

# What a browser loads by itself, in a page and in a style sheet.
LOADED = re.compile(r"""<(?!a\b)[^>]*\s(?:src|href|srcset|data)="([^"]*)\"""")
STYLED = re.compile(r"""(?:url\(|@import\s)\s*["']?([^"')]+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, made without a warning."""
    folder = tmp_path_factory.mktemp("site")
    make = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "docs", str(folder)]
    made = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    return folder


def test_every_page_is_made_and_led_to(site: Path) -> None:
    first = (site / "index.html").read_text(encoding="utf-8")
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"}
    assert pages
    assert [page for page in pages if f'href="{page}.html"' not in first] == []


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = [url for page in site.glob("*.html") for url in LOADED.findall(page.read_text())]
    styled = [url for sheet in site.rglob("*.css") for url in STYLED.findall(sheet.read_text())]
    assert loaded
    assert [url for url in loaded + styled if re.match(r"https?:|//", url)] == []


def test_it_is_searched_from_the_disk(site: Path, watched: Watched) -> None:
    page = watched.page
    page.goto((site / "index.html").as_uri())
    page.get_by_placeholder("Search").fill("persisted")
    page.keyboard.press("Enter")
    page.locator("#search-results").get_by_role("link", name="Configuration").first.click()
    page.wait_for_url("**/configuration.html*")
    assert page.get_by_role("heading", name="[persisted]").is_visible()
    assert watched.foreign("file:") == []
    assert watched.complaints == []
