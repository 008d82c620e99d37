"""What releases promise is held: of made-up projects here, of this one by `make check`."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from scripts.releases import Project, faults

ROOT = Path(__file__).parents[2]
TODAY = date(2027, 6, 1)

SCHEMA = """
type Query {
  referrals(first: Int, after: String): [Int!]!
  people(email: String): Int @deprecated(reason: "Use `referrals`. Removal on 2027-05-01 UTC.")
  claims(
    first: Int
    page: Int @deprecated(reason: "Use `first`. Removal on 2027-12-01 UTC.")
  ): Int
  sort: Order
}

enum Order { FIRST LAST }

input Wish { colour: String }
"""


class Made:
    """A project that can be changed a file at a time; it has released 0.1.0 and then 0.2.0."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "docs/releases").mkdir(parents=True)
        self.write("docs/releases/0.1.0.graphql", SCHEMA)
        self.write("docs/releases/0.2.0.graphql", SCHEMA)
        self.write("schema.graphql", SCHEMA)
        self.version("0.2.1")
        self.changelog("")

    def write(self, file: str, text: str) -> None:
        (self.root / file).write_text(text, encoding="utf-8")

    def version(self, version: str) -> None:
        self.write("pyproject.toml", f'[project]\nversion = "{version}"\n')

    def changelog(self, unreleased: str, *, first_day: str = "2027-01-15") -> None:
        self.write(
            "CHANGELOG.md",
            f"# Changelog\n\n## [Unreleased]\n\n{unreleased}\n\n## [0.2.0] - 2027-04-01\n\n"
            f"### Fixed\n\n- A thing.\n\n## [0.1.0] - {first_day}\n\n### Added\n\n- All of it.\n",
        )

    def without(self, *lines: str) -> None:
        """The schema as it is now lacks some text."""
        text = SCHEMA
        for line in lines:
            assert line in text
            text = text.replace(line, "")
        self.write("schema.graphql", text)

    def faults(self, today: date = TODAY) -> list[str]:
        return list(faults(Project(self.root), today))


PEOPLE = next(line for line in SCHEMA.splitlines() if "people" in line)
REMOVED = "### Removed\n\n- `Query.people`: use `referrals`.\n"


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def test_what_changed_nothing_breaks_no_promise(made: Made) -> None:
    assert made.faults() == []


def test_what_is_added_needs_no_word(made: Made) -> None:
    made.write("schema.graphql", SCHEMA.replace("sort: Order", "sort: Order\n  more: Int"))
    assert made.faults() == []


def test_what_goes_away_after_its_day_with_a_new_version_and_a_word_is_fine(made: Made) -> None:
    made.without(PEOPLE)
    made.version("0.3.0")
    made.changelog(REMOVED)
    assert made.faults() == []


def test_a_patch_may_take_nothing_away(made: Made) -> None:
    made.without(PEOPLE)
    made.changelog(REMOVED)
    assert made.faults() == [
        "Field Query.people was removed. 0.2.1 may not break clients of 0.2.0."
    ]


def test_nothing_goes_away_unsaid(made: Made) -> None:
    made.without(PEOPLE)
    made.version("0.3.0")
    made.changelog("### Added\n\n- `Query.people` is gone.\n")
    assert made.faults() == [
        "Field Query.people was removed. CHANGELOG.md must name `Query.people` as unreleased."
    ]


def test_nothing_goes_away_before_its_day(made: Made) -> None:
    made.without(PEOPLE)
    made.version("0.3.0")
    made.changelog(REMOVED)
    (fault,) = made.faults(date(2027, 4, 30))
    assert fault.endswith("It was not deprecated in 0.2.0, or is to stay longer.")


@pytest.mark.parametrize(
    ("gone", "coordinate"),
    [
        ("  sort: Order\n", "Query.sort"),
        (", after: String", "Query.referrals(after:)"),
        (" LAST", "Order.LAST"),
        ("colour: String", "Wish.colour"),
    ],
)
def test_nothing_goes_away_that_was_not_deprecated(made: Made, gone: str, coordinate: str) -> None:
    made.write("schema.graphql", SCHEMA.replace(gone, "other: Int" if "colour" in gone else ""))
    made.version("1.0.0")
    made.changelog(f"### Removed\n\n- `{coordinate}`\n")
    (fault,) = made.faults()
    assert fault.endswith("It was not deprecated in 0.2.0, or is to stay longer.")


def test_what_changes_its_kind_needs_a_version_and_a_word(made: Made) -> None:
    made.write("schema.graphql", SCHEMA.replace("referrals(first: Int,", "referrals(first: Int!,"))
    assert len(made.faults()) == 2
    made.version("1.0.0")
    made.changelog("### Changed\n\n- `Query.referrals(first:)` is needed now.\n")
    assert made.faults() == []


def test_from_one_on_a_minor_version_breaks_nothing(made: Made) -> None:
    for release in ("0.1.0", "0.2.0"):
        (made.root / f"docs/releases/{release}.graphql").unlink()
    made.write("docs/releases/1.0.0.graphql", SCHEMA)
    made.without(PEOPLE)
    log = f"## [Unreleased]\n\n{REMOVED}\n## [1.0.0] - 2027-01-15\n"
    made.write("CHANGELOG.md", log)
    made.version("1.1.0")
    assert len(made.faults()) == 1
    made.version("2.0.0")
    assert made.faults() == []


def test_who_is_deprecated_has_ninety_days(made: Made) -> None:
    made.changelog("", first_day="2027-01-31")
    assert made.faults() == []
    made.changelog("", first_day="2027-02-01")
    assert made.faults() == [
        "Query.people was deprecated in 0.1.0 and goes less than 90 days after it."
    ]


def test_a_release_without_its_schema_is_told(made: Made) -> None:
    (made.root / "docs/releases/0.1.0.graphql").unlink()
    assert made.faults() == ["The releases in CHANGELOG.md and in docs/releases are not the same."]


def test_a_version_below_the_last_release_is_told(made: Made) -> None:
    made.version("0.1.9")
    assert made.faults() == ["The version 0.1.9 is below that of the last release, 0.2.0."]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("## [0.2.0] - 2027-04-01\n## [0.1.0] - 2027-01-15\n", "must be '[Unreleased]'"),
        ("## [Unreleased]\n## 0.2.0\n", "is no '[VERSION] - DAY'"),
        ("## [Unreleased]\n### News\n", "'News' is none of Added"),
        (
            "## [Unreleased]\n## [0.1.0] - 2027-01-15\n## [0.2.0] - 2027-04-01\n",
            "the newest release comes first",
        ),
    ],
)
def test_a_changelog_of_another_form_is_told(made: Made, text: str, wrong: str) -> None:
    made.write("CHANGELOG.md", text)
    assert any(wrong in fault for fault in made.faults())


def test_this_project_can_release_what_it_is(made: Made) -> None:
    for file in ("schema.graphql", "CHANGELOG.md", "pyproject.toml"):
        shutil.copy(ROOT / file, made.root / file)
    shutil.rmtree(made.root / "docs/releases")
    if (ROOT / "docs/releases").exists():
        shutil.copytree(ROOT / "docs/releases", made.root / "docs/releases")
    (made.root / "docs/releases").mkdir(exist_ok=True)
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = Project(ROOT).version
    made.write(
        "CHANGELOG.md",
        log.replace("## [Unreleased]\n", f"## [Unreleased]\n\n## [{version}] - {TODAY}\n"),
    )
    shutil.copy(ROOT / "schema.graphql", made.root / f"docs/releases/{version}.graphql")
    assert made.faults() == []
