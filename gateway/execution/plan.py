"""An operation compiled for execution, once for all its runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.execution.executable import Executable
from gateway.execution.fields import Selected
from gateway.execution.kept_rows import MakeRows
from gateway.execution.places import Position

Complete: TypeAlias = Callable[[Any, Any, Any], Any]
"""Takes a value, the run and the holder of its field, and gives what goes into the answer; raises
for whatever is not as the schema promises."""


@dataclass(frozen=True, eq=False)
class Step:
    """A field whose value may be awaited."""

    field: Selected
    position: Position
    complete: Complete


@dataclass(frozen=True, eq=False)
class Root(Step):
    """A field of the query itself: `call` takes the run and gives the value."""

    call: Callable[[Any], Any]


@dataclass(frozen=True)
class Plan:
    """A query operation, compiled for one choice of what `@skip` and `@include` leave of it.

    Runs look up by index the fields whose resolvers ask for `info` (`informed`), and those whose
    arguments depend on variables (`variable`). `rows` are the functions whose results are kept
    with the pages that they are of.
    """

    executable: Executable
    roots: list[Root]
    informed: list[Selected]
    variable: list[Selected]
    rows: list[MakeRows]
    field_count: int
