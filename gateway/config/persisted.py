"""`[persisted]`: operations that clients name instead of sending their text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from gateway.config.described import key
from gateway.config.tables import Tables


class PersistedTable(Struct, frozen=True, forbid_unknown_fields=True):
    """Operations that clients name instead of sending their text."""

    automatic: Annotated[bool, key("Whether clients may register a text under its hash.")] = True
    mode: Annotated[
        Literal["off", "also", "only"],
        key("Whether listed documents are taken: not, besides any other text, or only they."),
    ] = "off"
    documents: Annotated[
        str | None, key("The list, a JSON file of ids and texts; needed unless `mode` is `off`.")
    ] = None


@dataclass(frozen=True)
class PersistedConfig:
    """What is known of persisted operations: `documents` are the trusted texts by their ids,
    none when they are switched off."""

    automatic: bool = True
    mode: Literal["off", "also", "only"] = "off"
    documents: Mapping[str, str] = field(default_factory=dict)


def read_persisted(tables: Tables) -> PersistedConfig:
    """The table with the documents it names; its defaults when it has a fault."""
    table = tables.table("persisted", PersistedTable)
    if table.mode == "off":
        return PersistedConfig(table.automatic)
    if table.documents is None:
        tables.fault("persisted: documents: is missing")
        return PersistedConfig(table.automatic)
    try:
        documents = msgspec.json.decode(Path(table.documents).read_bytes(), type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        tables.fault("persisted: documents: must be a JSON object of ids and texts")
        return PersistedConfig(table.automatic)
    except (OSError, ValueError):
        tables.fault("persisted: documents: cannot be read")
        return PersistedConfig(table.automatic)
    return PersistedConfig(table.automatic, table.mode, documents)
