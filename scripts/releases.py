"""What a release promises of the one before it. `make check` runs `python -m scripts.releases`.

Each release leaves a copy of its schema, `docs/releases/VERSION.graphql`, and an entry in
CHANGELOG.md (https://keepachangelog.com/en/1.1.0/). Held against these: what breaks clients comes
with a new major version, or minor before 1.0, and the changelog names it; and what goes away was
deprecated for 90 days, as the description of the schema promises.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from graphql import (
    BreakingChange,
    BreakingChangeType,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
)
from packaging.version import Version

NOTICE = timedelta(days=90)
SECTIONS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")

_RELEASED = re.compile(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)")
_REMOVAL = re.compile(r"Removal on (\d{4}-\d\d-\d\d) UTC\.")
_BEFORE_COORDINATE = re.compile(
    r"^(?:(?:A required )?(?:field|argument)|enum value|directive|standard scalar"
    r"|repeatable flag was removed from) ",
    re.IGNORECASE,
)
_GOES_AWAY = {
    BreakingChangeType.FIELD_REMOVED,
    BreakingChangeType.ARG_REMOVED,
    BreakingChangeType.VALUE_REMOVED_FROM_ENUM,
}


@dataclass(frozen=True)
class Entry:
    """A release in the changelog: its heading, and the text of each section."""

    heading: str
    sections: dict[str, str]

    @cached_property
    def release(self) -> tuple[Version, date] | None:
        """The version and its day; None for what is no release."""
        match = _RELEASED.fullmatch(self.heading)
        return (Version(match[1]), date.fromisoformat(match[2])) if match else None


class Project:
    """The files of a checkout that a release is made of."""

    def __init__(self, root: Path) -> None:
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        self.version = Version(settings["project"]["version"])
        self.schema = _schema(root / "schema.graphql")
        self.entries = list(_entries((root / "CHANGELOG.md").read_text(encoding="utf-8")))
        self.schemas = {
            Version(file.stem): _schema(file) for file in (root / "docs/releases").glob("*.graphql")
        }

    @property
    def days(self) -> dict[Version, date]:
        """The day of each release, the newest first."""
        return dict(entry.release for entry in self.entries if entry.release)


def faults(project: Project, today: date) -> Iterator[str]:
    """What breaks a promise, or keeps it from being checked."""
    yield from _faults_of_changelog(project)
    days = project.days
    if set(days) != set(project.schemas):
        yield "The releases in CHANGELOG.md and in docs/releases are not the same."
        return
    for version, day in reversed(days.items()):
        yield from _faults_of_notice(version, day, project)
    if days:
        yield from _faults_since(next(iter(days)), project, today)


def _faults_of_changelog(project: Project) -> Iterator[str]:
    unreleased, *released = [entry.heading for entry in project.entries] or [""]
    if unreleased != "[Unreleased]":
        yield f"CHANGELOG.md: {unreleased!r} must be '[Unreleased]'."
    for heading in released:
        if not _RELEASED.fullmatch(heading):
            yield f"CHANGELOG.md: {heading!r} is no '[VERSION] - DAY'."
    versions = list(project.days)
    if versions != sorted(versions, reverse=True):
        yield "CHANGELOG.md: the newest release comes first."
    for entry in project.entries:
        for section in entry.sections:
            if section not in SECTIONS:
                yield f"CHANGELOG.md: {section!r} is none of {', '.join(SECTIONS)}."


def _faults_of_notice(version: Version, day: date, project: Project) -> Iterator[str]:
    """What a release deprecated first, with less notice than was promised."""
    before = [_deprecated(project.schemas[v]) for v in project.schemas if v < version]
    for coordinate, removal in _deprecated(project.schemas[version]).items():
        is_first = not any(coordinate in earlier for earlier in before)
        if is_first and removal < day + NOTICE:
            yield f"{coordinate} was deprecated in {version} and goes less than 90 days after it."


def _faults_since(last: Version, project: Project, today: date) -> Iterator[str]:
    """What breaks clients of the last release."""
    if project.version < last:
        yield f"The version {project.version} is below that of the last release, {last}."
    deprecated = _deprecated(project.schemas[last])
    told = project.entries[0].sections
    named = told.get("Changed", "") + told.get("Removed", "")
    for change in find_breaking_changes(project.schemas[last], project.schema):
        coordinate = _coordinate(change)
        if not _may_break(last, project.version):
            yield f"{change.description} {project.version} may not break clients of {last}."
        if f"`{coordinate}`" not in named:
            yield f"{change.description} CHANGELOG.md must name `{coordinate}` as unreleased."
        if change.type in _GOES_AWAY and deprecated.get(coordinate, date.max) > today:
            yield f"{change.description} It was not deprecated in {last}, or is to stay longer."


def _may_break(last: Version, version: Version) -> bool:
    # Before 1.0 it is the minor version that says so (https://semver.org/, item 4).
    return version.major > last.major or (last.major == 0 and version.minor > last.minor)


def _coordinate(change: BreakingChange) -> str:
    return _BEFORE_COORDINATE.sub("", change.description).split()[0].rstrip(".")


def _deprecated(schema: GraphQLSchema) -> dict[str, date]:
    """What is deprecated, by its coordinate, and when it goes away."""
    reasons: dict[str, str | None] = {}
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLEnumType):
            reasons |= {f"{name}.{v}": value.deprecation_reason for v, value in kind.values.items()}
        elif isinstance(kind, GraphQLInputObjectType):
            reasons |= {f"{name}.{f}": field.deprecation_reason for f, field in kind.fields.items()}
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for f, output in kind.fields.items():
                reasons[f"{name}.{f}"] = output.deprecation_reason
                for a, argument in output.args.items():
                    reasons[f"{name}.{f}({a}:)"] = argument.deprecation_reason
    found = {place: _REMOVAL.search(reason) for place, reason in reasons.items() if reason}
    return {
        place: date.fromisoformat(match[1]) if match else date.max for place, match in found.items()
    }


def _schema(file: Path) -> GraphQLSchema:
    return build_schema(file.read_text(encoding="utf-8"))


def _entries(changelog: str) -> Iterator[Entry]:
    _, *parts = re.split(r"^## ", changelog, flags=re.MULTILINE)
    for part in parts:
        heading, *sections = re.split(r"^### ", part, flags=re.MULTILINE)
        titled = (section.partition("\n") for section in sections)
        yield Entry(heading.partition("\n")[0], {title: text for title, _, text in titled})


def main() -> None:
    """Print what is wrong with this checkout, and exit with 1 if anything is."""
    project = Project(Path(__file__).parents[1])
    found = list(faults(project, date.today()))
    good = "The schema keeps what was promised." if project.days else "Nothing was released yet."
    print("\n".join(found) or good)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
