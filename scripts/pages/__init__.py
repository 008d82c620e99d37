"""What the pages show of the code: tables of keys and capabilities, and answers to queries.

    python3 scripts/dev.py renew

A page marks what is made: `<!-- NAME -->` and `<!-- /NAME -->` stand around a table. Each query of
the cookbook is followed by its answer. `tests/project/test_made.py` asserts that all is as it would
be made now.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.pages.capabilities import capability_table
from scripts.pages.configuration import key_tables, provider_table
from scripts.pages.cookbook import answered

DOCS = Path(__file__).parents[2] / "docs"

_TABLES: Mapping[str, Callable[[], str]] = {
    "capabilities": capability_table,
    "keys": key_tables,
    "providers": provider_table,
}
_MARKED = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- /\2 -->)", re.DOTALL)


def _with_tables(text: str) -> str:
    return _MARKED.sub(lambda m: f"{m[1]}\n{_TABLES[m[2]]()}\n\n{m[3]}", text)


MADE: Mapping[str, Callable[[str], str]] = {
    "concepts.md": _with_tables,
    "configuration.md": _with_tables,
    "cookbook.md": answered,
}
"""The pages that show something made, and how the text of each is renewed."""


def renew() -> None:
    """Write all pages anew that show something made."""
    for name, renewed in MADE.items():
        page = DOCS / name
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
