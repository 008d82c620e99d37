"""README.md says what the code does."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from graphql import GraphQLEnumType
from starlette.routing import Route

from adapters import connect, providers
from adapters.capability import Capability
from adapters.provider import ProgramConfig
from gateway import config
from gateway.app import GRAPHQL_PATH, Application
from gateway.caller import Scope
from gateway.cli import demo, main
from gateway.errors import ErrorCode
from gateway.merge import SourceStatus
from gateway.programs import Program
from gateway.schema import schema
from tests.running import running_gateway

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLES = {
    "programs": config.ProgramTable,
    "cache": config.CacheConfig,
    "reports": config.ReportsConfig,
    "upstream": config.UpstreamConfig,
    "http": config.HttpConfig,
    "limits": config.LimitsConfig,
    "graphql": config.GraphQLConfig,
    "persisted": config.PersistedTable,
    "metrics": config.MetricsTable,
}
SHOWN = ["piggy", "pixlpay"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")


def block(language: str, heading: str) -> str:
    """The first block of code in a language below a heading."""
    section = re.split(r"^## ", README, flags=re.MULTILINE)
    (found,) = [text for text in section if text.startswith(f"{heading}\n")]
    match = re.search(rf"^```{language}\n(.*?)^```$", found, re.MULTILINE | re.DOTALL)
    assert match is not None, f"{heading} has no block of {language}"
    return match[1]


def capability_table() -> str:
    """What each provider can do, as the table of the README."""
    programs = [
        Program.of(
            connect(ProgramConfig(key=key, name=key, provider=key, base_url="http://127.0.0.1"))
        )
        for key in providers()
    ]
    described = schema._schema.type_map["Capability"]
    assert isinstance(described, GraphQLEnumType)
    names = [provider.name for provider in providers().values()]
    lines = [f"| Capability | | {' | '.join(names)} |", "|---" * (2 + len(names)) + "|"]
    for capability in Capability:
        marks = [
            "yes" if p.does(capability) else "computed" if p.has(capability) else "-"
            for p in programs
        ]
        text = described.values[capability].description
        lines.append(f"| `{capability}` | {text} | {' | '.join(marks)} |")
    return "\n".join(lines)


def test_the_capability_table_is_what_the_code_works_out() -> None:
    match = re.search(r"<!-- capabilities -->\n(.*)<!-- /capabilities -->", README, re.DOTALL)
    assert match is not None
    assert match[1].strip() == capability_table()


def test_the_example_query_gets_the_answer_that_is_shown() -> None:
    referrals = {key: option_default(f"--{key}-referrals") for key in providers()}
    with (
        demo.sandboxes(port=0, referrals=referrals, latency_seconds=0) as running,
        running_gateway(*(p for p, _ in running if p.provider in SHOWN)) as gateway,
    ):
        answer = gateway.ask(block("graphql", "Try it")).http.text
    shown = block("json", "Try it")
    assert INSTANT.search(shown)
    assert json.loads(INSTANT.sub("", answer)) == json.loads(INSTANT.sub("", shown))


def option_default(name: str) -> Any:
    """The default of an option of `demo`."""
    options = [parameter for parameter in main.commands["demo"].params if name in parameter.opts]
    return options[0].default


def test_the_example_configuration_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / config.FILE_NAME
    file.write_text(block("toml", "Configuration"), encoding="utf-8")
    loaded = config.load(file, {"PIGGY_TOKEN": "a", "PIXLPAY_TOKEN": "b"})
    assert [program.provider for program in loaded.programs] == SHOWN


def test_the_example_of_access_is_accepted_and_shows_every_key(tmp_path: Path) -> None:
    text = block("toml", "Access")
    file = tmp_path / config.FILE_NAME
    file.write_text(block("toml", "Configuration") + text, encoding="utf-8")
    access = config.load(file, {"PIGGY_TOKEN": "a", "PIXLPAY_TOKEN": "b"}).access
    assert [caller.name for _, caller in access.callers] == ["key:dashboard"]
    assert access.jwt is not None
    shown = tomllib.loads(re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE))["access"]
    assert shown.keys() == {"keys", "jwt"}
    assert shown["keys"][0].keys() == set(config.KeyTable.__struct_fields__)
    assert shown["jwt"].keys() == set(config.JwtTable.__struct_fields__)
    given = {name: shown["jwt"][name] for name in ("issuer", "audience")}
    for name, value in msgspec.structs.asdict(config.JwtTable(**given)).items():
        assert value is None or shown["jwt"][name] == value


def test_every_scope_is_explained() -> None:
    assert [scope for scope in Scope if f"| `{scope}` |" not in README] == []


def test_every_key_of_the_configuration_is_shown() -> None:
    # What is one of several ways stands behind a #, or the others could not be shown.
    text = re.sub(r"^# (?=\w+ = )", "", block("toml", "Configuration"), flags=re.MULTILINE)
    shown = tomllib.loads(text)
    assert shown.keys() == TABLES.keys()
    for table, kind in TABLES.items():
        values = shown[table]
        keys = set().union(*values) if isinstance(values, list) else set(values)
        assert keys == set(kind.__struct_fields__), table


@pytest.mark.parametrize("table", [table for table in TABLES if table != "programs"])
def test_defaults_are_shown_as_they_are(table: str) -> None:
    shown = tomllib.loads(block("toml", "Configuration"))[table]
    defaults = json.loads(msgspec.json.encode(TABLES[table]()))
    assert shown == {key: value for key, value in defaults.items() if value is not None}


def test_the_allowances_shown_are_the_providers() -> None:
    text = block("toml", "Configuration")
    for provider in map(providers().__getitem__, SHOWN):
        assert f"{provider.name} {provider.calls_per_minute}" in text


def test_the_variables_of_the_environment_are_named() -> None:
    names = [f"{key.upper()}_{what}" for key in SHOWN for what in ("TOKEN", "BASE_URL")]
    for name in [*names, config.FILE_NAME, config.FILE_VARIABLE]:
        assert f"`{name}`" in README


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield " ".join([*path, name]), command


def test_every_command_is_listed_with_its_options() -> None:
    listed = {
        name: set(re.findall(r"`(--[\w-]+)`", options))
        for name, options in re.findall(r"^\| `([a-z ]+)` \|.*\|(.*)\|$", README, re.MULTILINE)
    }
    expected = {
        name: {option for p in command.params for option in p.opts if option.startswith("--")}
        for name, command in commands(main)
    }
    assert listed == expected


def test_every_address_is_listed() -> None:
    listed = set(re.findall(r"^\| `(/[a-z.]*)` \|", README, re.MULTILINE))
    routes = Application(config.Config(())).pages.routes
    paths = {route.path for route in routes if isinstance(route, Route)}
    assert listed == paths - {"/"} | {GRAPHQL_PATH}


def test_every_error_code_and_status_of_a_source_is_explained() -> None:
    assert [code for code in (*ErrorCode, *SourceStatus) if f"`{code}`" not in README] == []


def test_the_layout_shows_what_is_there() -> None:
    folder = ""
    for line in block("", "Layout").splitlines():
        if line.startswith("   "):  # the line before goes on
            continue
        name = line.split()[0]
        if line.startswith("  "):
            name = folder + name
        else:
            folder = name
        path = ROOT / name
        assert path.is_dir() if name.endswith("/") else path.is_file(), name
