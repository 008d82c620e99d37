"""Everything the vendors offer has its place in the schema, or a reason why not.

`vendor_coverage.md` beside this file is the table. It is held against the vendors' pages (which
endpoints there are and what they take), the recorded payloads (what they tell) and the schema.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "recorded"
VENDORS = ["piggy", "pixlpay"]

ENDPOINT = re.compile(
    r"^(GET|POST|PUT|DELETE) (/api/\S*?)(?:Query Parameters|Request Body|Example Request|WARNING)$",
    re.MULTILINE,
)
OBJECTS = {
    "Referral": ("GET /api/external/v1/referrals", ""),
    "Referrer": ("GET /api/external/v1/referrals", "referrer."),
    "Referral Tier": ("GET /api/external/v1/referrals/tiers", ""),
    "Statistics": ("GET /api/external/v1/referrals/statistics", ""),
}


@dataclass
class Section:
    """An endpoint, or `Errors`. `rows` are (what it is, which field) with where the schema has it;
    `told_as` is the endpoint whose answer this one's is like."""

    recorded: list[str]
    is_called: bool
    told_as: str | None
    rows: dict[tuple[str, str], str] = field(default_factory=dict)

    def fields(self, kind: str) -> set[str]:
        """The fields of one kind."""
        return {name for what, name in self.rows if what == kind}


def paths_in(where: str) -> list[str]:
    """The places in the schema that a row names."""
    return [path for path in re.findall(r"`([^`]+)`", where) if "." in path]


def table() -> dict[str, dict[str, Section]]:
    """The sections by vendor and endpoint."""
    vendors: dict[str, dict[str, Section]] = {}
    for line in (Path(__file__).parent / "vendor_coverage.md").read_text().splitlines():
        if line.startswith("## "):
            sections = vendors.setdefault(line[3:], {})
        elif line.startswith("### "):
            endpoint = line[4:]
            assert endpoint not in sections
        elif line.startswith("Recorded: "):
            recorded, _, rest = line.partition(".")
            told_as = re.search(r"Told as at `(.+)`", rest)
            names = re.findall(r"`(\w+)`", recorded)
            section = Section(names, "Not called" not in rest, told_as[1] if told_as else None)
            sections[endpoint] = section
        elif row := re.fullmatch(r"\| (asked|sent|told|error) \| `(\S+)` \| (.+) \|", line):
            assert (row[1], row[2]) not in section.rows, line
            section.rows[row[1], row[2]] = row[3]
        else:
            assert not line.startswith("|") or line in ("| | Field | Schema |", "|---|---|---|")
    return vendors


TABLE = table()
SECTIONS = [(vendor, endpoint) for vendor, sections in TABLE.items() for endpoint in sections]


def page(vendor: str) -> str:
    text = (RECORDED / vendor / "page.txt").read_text()
    # P1: a version segment that came out empty.
    return text.replace("/api//", "/api/v3/oauth/clients/")


def taken(vendor: str) -> dict[str, set[tuple[str, str]]]:
    """The endpoints of a vendor's page and what each takes."""
    text = page(vendor)
    endpoints: dict[str, set[tuple[str, str]]] = {}
    if vendor == "piggy":
        found = re.split(r"^GET\nhttps://[^/\n]+(/\S+?)Headers$", text, flags=re.MULTILINE)[1:]
        for path, rest in zip(found[::2], found[1::2], strict=True):
            params = rest.partition("\nParams\n")[2].partition("Response Example")[0]
            names = re.findall(r"^(\w+) (?:string|number)$", params, re.MULTILINE)
            endpoints[f"GET {path}"] = {("asked", name) for name in names}
        return endpoints
    for match in ENDPOINT.finditer(text):
        takes = text[match.start() :].partition("Example Request")[0]
        kind = "sent" if "Request Body" in takes else "asked"
        names = re.findall(r"^(\w+) \| \w+ \|", takes, re.MULTILINE)
        in_path = re.findall(r"\{\w+\}", match[2])
        endpoints[f"{match[1]} {match[2]}"] = {(kind, name) for name in names} | {
            ("asked", name) for name in in_path
        }
    return endpoints


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all values that hold no other, below `data`, without brackets."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from leaves(inner, path)
    elif path != "data":
        yield path.removeprefix("data.")


def payloads(vendor: str) -> Iterator[tuple[Section, str, set[str]]]:
    """Each recorded payload: its section, whether it was sent or told, and its fields."""
    sections = {name: section for section in TABLE[vendor].values() for name in section.recorded}
    for file in sorted((RECORDED / vendor).glob("*.json")):
        names = [n for n in sections if file.stem == n or file.stem.startswith(f"{n}_")]
        assert names, f"no section is about {vendor}/{file.name}"
        kind = "sent" if file.stem.endswith("_request") else "told"
        yield sections[max(names, key=len)], kind, set(leaves(json.loads(file.read_text())))


def is_covered(name: str, kind: str, section: Section, vendor: str) -> bool:
    """Whether a field has a row, or is below one that says why it is left out."""
    if (kind, name) in section.rows:
        return True
    above = [name[: dot.start()] for dot in re.finditer(r"\.", name)]
    if any((where := section.rows.get((kind, a))) and not paths_in(where) for a in above):
        return True
    if any(re.fullmatch(r"errors\.\w+", name) and (kind, a) in section.rows for a in above):
        return True
    return section.told_as is not None and is_covered(
        name, kind, TABLE[vendor][section.told_as], vendor
    )


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text())


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_endpoint_of_the_page_has_a_section_with_all_that_it_takes(vendor: str) -> None:
    endpoints = taken(vendor)
    assert len(endpoints) == {"piggy": 2, "pixlpay": 13}[vendor]
    for endpoint, takes in endpoints.items():
        section = TABLE[vendor][endpoint]
        assert {row for row in section.rows if row[0] in ("asked", "sent")} == takes, endpoint


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_field_of_a_recorded_payload_has_a_row(vendor: str) -> None:
    missing = [
        (section.recorded[0], kind, name)
        for section, kind, names in payloads(vendor)
        for name in sorted(names)
        if section.is_called and not is_covered(name, kind, section, vendor)
    ]
    assert missing == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_row_of_an_answer_is_about_a_recorded_field(vendor: str) -> None:
    for endpoint, section in TABLE[vendor].items():
        names: set[str] = set()
        for of, kind, found in payloads(vendor):
            if of is section and kind == "told":
                names |= found
        names |= {name[: dot.start()] for name in names for dot in re.finditer(r"\.", name)}
        assert section.fields("told") <= names, endpoint


def test_every_field_of_pixlpays_object_tables_has_a_row() -> None:
    tables = re.split(r"^(?:.*\})?([A-Z][A-Za-z ]+) Object$", page("pixlpay"), flags=re.MULTILINE)
    titles, texts = tables[1::2], tables[2::2]
    assert set(titles) == OBJECTS.keys()
    for title, text in zip(titles, texts, strict=True):
        endpoint, prefix = OBJECTS[title]
        names = re.findall(r"^(\w+) \| \w+ \|", text, re.MULTILINE)
        assert names
        assert {prefix + name for name in names} <= TABLE["pixlpay"][endpoint].fields("told")


def test_every_error_of_the_pages_has_a_row() -> None:
    codes = re.findall(r"^\}Code\nMessage\n(\d+)\n", page("piggy"), re.MULTILINE)
    statuses = re.findall(r"^\| (\d{3}) \|", page("pixlpay"), re.MULTILINE)
    assert TABLE["piggy"]["Errors"].fields("error") == set(codes) != set()
    assert TABLE["pixlpay"]["Errors"].fields("error") == set(statuses) != set()


@pytest.mark.parametrize(("vendor", "endpoint"), SECTIONS)
def test_every_row_names_a_place_in_the_schema_or_a_reason(
    vendor: str, endpoint: str, schema: GraphQLSchema
) -> None:
    for (_, name), where in TABLE[vendor][endpoint].rows.items():
        assert paths_in(where) or len(where.split()) > 1, name
        for path in paths_in(where):
            assert is_in(schema, path), path


def is_in(schema: GraphQLSchema, path: str) -> bool:
    """Whether a schema has `Type.field`, `Type.field(argument)` or `Enum.VALUE`."""
    match = re.fullmatch(r"(\w+)\.(\w+)(?:\((\w+)\))?", path)
    named = schema.get_type(match[1]) if match else None
    if match is None or named is None:
        return False
    if isinstance(named, GraphQLEnumType):
        return match[2] in named.values
    if isinstance(named, GraphQLInputObjectType):
        return match[2] in named.fields
    if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        return False
    found = named.fields.get(match[2])
    return found is not None and (match[3] is None or match[3] in found.args)
