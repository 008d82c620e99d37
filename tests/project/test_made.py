"""What the pages show of the code is as it would be made now: `make renew`."""

import importlib
import json
import pkgutil
import re
from typing import Annotated

import pytest
from msgspec import Struct

from gateway import config
from gateway.config.described import key
from scripts.pages import DOCS, MADE
from scripts.pages.configuration import table_of

RECIPE = re.compile(r"```graphql\nquery (\w+) .*?```\n\n```json\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", MADE)
def test_what_a_page_shows_is_as_it_would_be_made_now(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert MADE[page](text) == text


def test_the_cookbook_has_fifteen_recipes_that_work() -> None:
    recipes = RECIPE.findall((DOCS / "cookbook.md").read_text(encoding="utf-8"))
    assert len(dict(recipes)) == 15
    assert [name for name, answer in recipes if json.loads(answer).keys() != {"data"}] == []


@pytest.mark.parametrize("table", config.TABLES)
def test_every_key_of_the_configuration_has_its_row(table: str) -> None:
    (section,) = [
        text
        for text in (DOCS / "configuration.md").read_text(encoding="utf-8").split("\n### ")
        if text.startswith((f"[{table}]\n", f"[[{table}]]\n"))
    ]
    shown = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert shown == list(config.TABLES[table].__struct_fields__)


def test_every_table_that_can_be_read_is_shown() -> None:
    modules = [f"gateway.config.{found.name}" for found in pkgutil.iter_modules(config.__path__)]
    kinds = {
        kind
        for module in map(importlib.import_module, modules)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Struct
    }
    assert kinds == set(config.TABLES.values())


def test_a_key_that_nobody_described_is_no_page() -> None:
    class Bare(Struct):
        told: Annotated[int, key("For this.", unit="bytes")] = 1
        untold: int = 2

    with pytest.raises(TypeError, match="untold is not described"):
        table_of("bare", Bare)
