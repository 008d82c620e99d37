"""How large a document is, found out before anything expensive is done with it.

Every figure is what the executor would meet, with fragments counted wherever they are spread, and
is worked out in time linear in the document.
"""

from collections.abc import Sequence
from typing import NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from gateway.config import LimitsConfig
from gateway.errors import LimitExceeded
from gateway.execution.fragments import Definition

_INTROSPECTION = frozenset({"__schema", "__type"})


class Shape(NamedTuple):
    """The figures of an operation, or of a fragment from where it is spread. `depth` leaves out
    what is below `__schema` and `__type`, which is what `introspection_depth` measures."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0


_NAMES = {
    "depth": "fields below each other",
    "introspection_depth": "fields of the introspection below each other",
    "aliases": "aliases",
    "root_fields": "fields at the root",
    "directives": "directives",
}


def check_shape(definitions: Sequence[Definition], limits: LimitsConfig) -> Shape:
    """The shape of a document, whose definitions stand before those that they spread. Raises
    LimitExceeded when a figure is over its limit."""
    shape = measure(definitions)
    for limit, actual in shape._asdict().items():
        maximum = getattr(limits, limit)
        if actual > maximum > 0:
            message = f"The document has more than {maximum} {_NAMES[limit]}."
            raise LimitExceeded(limit, maximum, actual, message)
    return shape


def measure(definitions: Sequence[Definition]) -> Shape:
    """The figures of a document's operations, of each the largest."""
    fragments: dict[str, Shape] = {}
    largest = Shape()
    for definition in reversed(definitions):
        shape = _measure_one(definition, fragments)
        if isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = shape
        else:
            largest = Shape(*map(max, largest, shape))
    return largest


def _measure_one(definition: Definition, fragments: dict[str, Shape]) -> Shape:
    """The figures of one definition, those of the fragments that it spreads being known."""
    depth = introspection_depth = aliases = root_fields = 0
    directives = len(definition.directives or ())
    if isinstance(definition, OperationDefinitionNode):
        directives += sum(len(v.directives or ()) for v in definition.variable_definitions or ())
    # Selections with their depth in fields, and whether they are the introspection's.
    waiting: list[tuple[SelectionSetNode, int, bool]] = [(definition.selection_set, 1, False)]
    while waiting:
        selection_set, level, is_introspection = waiting.pop()
        for selection in selection_set.selections:
            directives += len(selection.directives or ())
            deepest, deepest_introspection = level, 0
            below, below_level = _below(selection), level
            introspects = is_introspection
            if isinstance(selection, FragmentSpreadNode):
                spread = fragments.get(selection.name.value, Shape())
                aliases += spread.aliases
                directives += spread.directives
                root_fields += spread.root_fields if level == 1 else 0
                deepest = level - 1 + spread.depth
                deepest_introspection = (
                    level - 1 + spread.introspection_depth if spread.introspection_depth else 0
                )
            elif isinstance(selection, FieldNode):
                aliases += selection.alias is not None
                root_fields += level == 1
                below_level += 1
                introspects = introspects or selection.name.value in _INTROSPECTION
            else:
                deepest = level - 1
            if introspects:
                deepest, deepest_introspection = 0, max(deepest, deepest_introspection)
            depth = max(depth, deepest)
            introspection_depth = max(introspection_depth, deepest_introspection)
            if below is not None:
                waiting.append((below, below_level, introspects))
    return Shape(depth, introspection_depth, aliases, root_fields, directives)


def _below(selection: SelectionNode) -> SelectionSetNode | None:
    return getattr(selection, "selection_set", None)
