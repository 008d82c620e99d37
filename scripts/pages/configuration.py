"""Every key of the configuration, out of the types that read it."""

import inspect
import json
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo

from adapters import providers
from gateway.config import TABLES
from scripts.pages.capabilities import SHOWN

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_ARRAYS = ("programs", "access.keys")
_HEAD = "| Key | Type | Unit | Default | What for |\n|---|---|---|---|---|"


def key_tables() -> str:
    """A section for each table of the file."""
    return "\n\n".join(table_of(name, kind) for name, kind in TABLES.items())


def provider_table() -> str:
    """What holds for a program of each provider that does not say otherwise."""
    lines = ["| `provider` | `base_url` | `calls_per_minute` |", "|---|---|---|"]
    for key in SHOWN:
        kind = providers()[key]
        base_url = f"`{kind.base_url}`" if kind.base_url else "needed"
        lines.append(f"| `{key}` | {base_url} | {kind.calls_per_minute} |")
    return "\n".join(lines)


def table_of(name: str, kind: type[Struct]) -> str:
    """A section for one table. Raises TypeError when a key is not described."""
    title = f"[[{name}]]" if name in _ARRAYS else f"[{name}]"
    rows = [f"| {' | '.join(_row(field))} |" for field in msgspec.structs.fields(kind)]
    return "\n".join([f"### {title}\n\n{inspect.getdoc(kind)}\n", _HEAD, *rows])


def _row(field: FieldInfo) -> tuple[str, ...]:
    hint, about = _parts(field)
    extra = about.extra or {}
    default = extra["unset"] or _default(field)
    return f"`{field.name}`", _in_words(hint), extra["unit"], default, about.description or ""


def _parts(field: FieldInfo) -> tuple[Any, Meta]:
    """The type of a key and what is said of it."""
    if get_origin(field.type) is not Annotated:
        raise TypeError(f"{field.name} is not described: Annotated[..., key(...)]")
    hint, about = get_args(field.type)
    return hint, about


def _in_words(hint: Any) -> str:
    arguments = [one for one in get_args(hint) if one not in (NoneType, Ellipsis)]
    origin = get_origin(hint)
    if origin is Literal:
        return " or ".join(f'`"{one}"`' for one in arguments)
    if origin is UnionType:
        return " or ".join(map(_in_words, arguments))
    if origin in (list, tuple):
        return f"array of {_in_words(arguments[0])}"
    return _WORDS[hint]


def _default(field: FieldInfo) -> str:
    if field.required:
        return "needed"
    default = field.default if field.default is not NODEFAULT else field.default_factory()
    return "none" if default is None else f"`{json.dumps(default)}`"
