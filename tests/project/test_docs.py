"""The documentation leads somewhere, and what the sources cite is in it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
FACTS = (ROOT / "docs/providers.md").read_text(encoding="utf-8")


def sources() -> Iterator[Path]:
    for folder in ("adapters", "gateway", "tests", "docs"):
        yield from (ROOT / folder).rglob("*.py")
        yield from (ROOT / folder).rglob("*.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [link.partition("#")[0] for link in links if "://" not in link]
    assert [link for link in local if link and not (page.parent / link).exists()] == []


def test_every_fact_that_is_cited_is_listed() -> None:
    listed = set(re.findall(r"^\| ([PX]\d+) \|", FACTS, re.MULTILINE))
    cited = {
        number
        for path in sources()
        for number in re.findall(r"\b([PX]\d{1,2})\b", path.read_text(encoding="utf-8"))
    }
    assert listed == {f"P{n}" for n in range(1, 18)} | {f"X{n}" for n in range(1, 28)}
    assert cited <= listed


def test_every_section_that_is_cited_is_there() -> None:
    sections = set(re.findall(r"^#{2,3} (\d[ab]?)\.? ", FACTS, re.MULTILINE))
    first = FACTS.partition("## 0.")[2].partition("\n## ")[0]
    sections |= {f"0.{point}" for point in re.findall(r"^(\d)\. ", first, re.MULTILINE)}
    sections.add("0")
    cited = {
        section
        for path in sources()
        for group in re.findall(
            r"FACTS (?:sections? )?(\d[\dab.]*(?:(?:, | and )\d[\dab.]*)*)",
            path.read_text(encoding="utf-8"),
        )
        for section in re.findall(r"\d[ab]?(?:\.\d)?", group)
    }
    assert cited
    assert cited <= sections
