"""The pages say what the code does."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from starlette.routing import Route

from adapters.errors import ProviderErrorCode
from gateway import config
from gateway.caller import Scope
from gateway.cli import main
from gateway.errors import ErrorCode
from gateway.http.endpoint import GRAPHQL_PATH
from gateway.http.exports import PREFIX
from gateway.merge import SourceStatus
from gateway.schema import schema
from gateway.service import routes

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PIGGY_TOKEN": "a", "PIXLPAY_TOKEN": "b"}
PROVIDERS = ["piggy", "pixlpay"]


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The blocks of code of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)


def section(name: str, heading: str) -> str:
    """The text below a heading of a page."""
    sections = re.split(r"^#+ ", page(name), flags=re.MULTILINE)
    (found,) = [text for text in sections if text.startswith(f"{heading}\n")]
    return found


def rows(text: str) -> list[str]:
    """The first cells of the tables in a text, of those that are code."""
    return re.findall(r"^\| `([^`]+)`.* \|", text, re.MULTILINE)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The file of the example configuration."""
    file = tmp_path / config.FILE_NAME
    (text,) = blocks("configuration", "toml")
    secret = tmp_path / "secret"
    secret.write_text("c", encoding="utf-8")
    file.write_text(text.replace("/run/secrets/block-haven", str(secret)), encoding="utf-8")
    return file


def test_the_example_configuration_is_accepted(written: Path) -> None:
    loaded = config.load(written, ENVIRONMENT)
    assert [program.provider for program in loaded.programs] == PROVIDERS


def test_the_examples_of_access_are_accepted(written: Path) -> None:
    examples = "\n".join([written.read_text(encoding="utf-8"), *blocks("access", "toml")])
    written.write_text(examples, encoding="utf-8")
    access = config.load(written, ENVIRONMENT).access
    assert [caller.name for _, caller in access.callers] == ["key:dashboard"]
    assert access.jwt is not None


def test_every_toml_of_the_pages_is_known_to_the_configuration() -> None:
    for file in sorted((ROOT / "docs").glob("*.md")):
        for text in blocks(file.stem, "toml"):
            tables = tomllib.loads(text)
            if "project" not in tables:
                known = {name.partition(".")[0] for name in config.TABLES}
                assert tables.keys() <= known, file.name


def test_every_scope_is_explained() -> None:
    assert rows(section("access", "Scopes")) == list(Scope)


def test_the_variables_of_the_environment_are_named() -> None:
    names = [f"{key.upper()}_{what}" for key in PROVIDERS for what in ("TOKEN", "BASE_URL")]
    for name in [*names, config.FILE_NAME, config.FILE_VARIABLE]:
        assert f"`{name}`" in page("configuration")


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield " ".join([*path, name]), command


def test_every_command_is_listed_with_its_options() -> None:
    listed = {
        name: set(re.findall(r"`(--[\w-]+)`", options))
        for name, options in re.findall(
            r"^\| `([a-z ]+)` \|.*\|(.*)\|$", page("command-line"), re.MULTILINE
        )
    }
    expected = {
        name: {option for p in command.params for option in p.opts if option.startswith("--")}
        for name, command in commands(main)
    }
    assert listed == expected


def test_every_address_is_listed() -> None:
    found = routes(config.Config(()))
    paths = {route.path for route in found if isinstance(route, Route)}
    listed = set(rows(section("http", "Addresses")))
    assert listed == paths - {"/"} | {GRAPHQL_PATH, PREFIX}


def test_every_status_of_a_source_is_explained() -> None:
    assert rows(section("concepts", "Source"))[1:] == list(SourceStatus)


def test_every_code_of_a_provider_is_explained() -> None:
    listed = rows(section("errors", "A provider did not answer well"))
    assert listed == list(ProviderErrorCode)


def test_every_code_is_explained() -> None:
    listed = rows(page("errors"))
    assert {code for code in listed if code.isupper()} == set(ErrorCode) >= set(ProviderErrorCode)


def test_every_error_of_a_mutation_is_explained() -> None:
    interface = schema._schema.type_map["UserError"]
    kinds = {
        name
        for name, kind in schema._schema.type_map.items()
        if interface in getattr(kind, "interfaces", ())
    }
    assert set(rows(section("errors", "Errors of mutations"))) == kinds


def test_the_layout_shows_what_is_there() -> None:
    folder = ""
    (text, *_) = re.findall(
        r"^```\n(adapters/.*?)^```$", page("contributing"), re.MULTILINE | re.DOTALL
    )
    for line in text.splitlines():
        if line.startswith("   "):  # the line before goes on
            continue
        name = line.split()[0]
        if line.startswith("  "):
            name = folder + name
        elif name.endswith("/"):
            folder = name
        path = ROOT / name
        assert path.is_dir() if name.endswith("/") else path.is_file(), name
