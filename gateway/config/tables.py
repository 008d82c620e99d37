"""Reading tables of one file, and collecting what is wrong with them."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

S = TypeVar("S", bound=Struct)

MOST_SECONDS = 10**9
"""Beyond it clocks and servers count no more."""


class ConfigError(Exception):
    """The configuration is wrong; `faults` are lines to show, free of secrets."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Tables:
    """The tables of one file. Faults are collected, so that all of them are told at once."""

    def __init__(self, file: Path, raw: dict[str, Any]) -> None:
        self._file = file
        self._raw = raw
        self._faults: list[str] = []

    def only(self, *names: str) -> None:
        """A fault for every table that has none of these names."""
        for name in self._raw:
            if name not in names:
                self.fault(f"{name}: is not known")

    def inside(self, name: str, *known: str) -> None:
        """A fault for everything in a table but what has one of these names."""
        table = self._raw.get(name, {})
        if not isinstance(table, dict):
            self.fault(f"{name}: must be a table")
            return
        for key in table:
            if key not in known:
                self.fault(f"{name}: {key}: is not known")

    def at(self, name: str) -> Any:
        """What stands under a name such as `cache` or `access.jwt`; None when nothing does."""
        found: Any = self._raw
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def array(self, name: str) -> list[dict[str, Any]]:
        """The tables of an array of tables, each begun by [[name]]; none when there is none."""
        tables = self.at(name)
        if tables is None:
            return []
        if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
            self.fault(f"{name}: must be tables, each begun by [[{name}]]")
            return []
        return tables

    def table(self, name: str, kind: type[S]) -> S:
        """A table whose every key has a default; those when it has a fault."""
        return self.struct(self._raw.get(name, {}), kind, name) or kind()

    def figures(self, name: str, kind: type[S]) -> S:
        """A table whose numbers are all 0 or more, and no time without an end; its defaults when it
        has a fault."""
        table = self.table(name, kind)
        for key in kind.__struct_fields__:
            value = getattr(table, key)
            if isinstance(value, int | float) and not value >= 0:  # so put, nan is refused too
                self.fault(f"{name}: {key}: must be 0 or more")
            elif isinstance(value, float) and value > MOST_SECONDS:
                self.fault(f"{name}: {key}: must be {MOST_SECONDS} or less")
        return table

    def struct(self, raw: Any, kind: type[S], where: str) -> S | None:
        """A table as a struct; a fault for each key that is missing, unknown or of a wrong type."""
        if not isinstance(raw, dict):
            self.fault(f"{where}: must be a table")
            return None
        before = len(self._faults)
        fields = {f.name: f for f in msgspec.structs.fields(kind)}
        for name in raw:
            if name not in fields:
                self.fault(f"{where}: {name}: is not known")
        for name, info in fields.items():
            if name not in raw:
                if info.required:
                    self.fault(f"{where}: {name}: is missing")
                continue
            try:
                msgspec.convert(raw[name], info.type)
            except msgspec.ValidationError as error:
                self.fault(f"{where}: {name}: {_lowered(str(error))}")
        return msgspec.convert(raw, kind) if len(self._faults) == before else None

    def fault(self, text: str) -> None:
        # A key in quotes can be anything, line breaks included.
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
        self._faults.append(f"{self._file}: {line}")

    @property
    def has_faults(self) -> bool:
        return bool(self._faults)

    def check(self) -> None:
        """Raises ConfigError when anything was wrong."""
        if self._faults:
            raise ConfigError(self._faults)


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
