"""The Python that a plan is made of, while it is written."""

from itertools import count
from typing import Any


class Source:
    """Functions and what they use, by names that are made up here. What was given is there from the
    beginning, by its own name."""

    def __init__(self, **given: Any) -> None:
        self._numbers = count()
        self._values: dict[str, Any] = given

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def name(self, prefix: str, value: object = None) -> str:
        """A new name for a value."""
        name = self.number(prefix)
        self._values[name] = value
        return name

    def number(self, prefix: str) -> str:
        """A new name for what is no value of the plan."""
        return f"{prefix}{next(self._numbers)}"

    def add(self, values: dict[str, Any]) -> None:
        """Values that have names of their own."""
        self._values.update(values)

    def function(self, prefix: str, parameters: str, *lines: str) -> str:
        """The name of a new function."""
        name = self.name(prefix)
        body = "".join(f"\n    {line}" for line in lines)
        source = f"def {name}({parameters}):{body}\n"
        # No part of a request's text gets here: see the compiler.
        exec(compile(source, f"<plan {name}>", "exec"), self._values)  # noqa: S102
        return name

    def bound(self, value: str) -> tuple[str, str]:
        """A name for the value of an expression, and what is written where it is used first."""
        if value.isidentifier():
            return value, value
        name = self.number("v")
        return name, f"({name} := {value})"
