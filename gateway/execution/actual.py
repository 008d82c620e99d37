"""What the answer to an operation holds, counted as its cost was reckoned."""

from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.execution.kept_rows import Encoded

_Selections = tuple[SelectionSetNode, ...]


def count_objects(document: DocumentNode, operation: OperationDefinitionNode, data: Any) -> int:
    """The objects in the data of an answer, without the root and the introspection's.

    What a scalar holds is none, whatever it looks like.
    """
    return _Count(document).below(data, (operation.selection_set,)) if data else 0


class _Count:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition.selection_set
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._collected: dict[tuple[int, ...], dict[str, _Selections]] = {}

    def below(self, data: dict[str, Any], selections: _Selections) -> int:
        """The objects in one."""
        return sum(
            self._in(data.get(name), below) for name, below in self._collect(selections).items()
        )

    def _in(self, value: Any, selections: _Selections) -> int:
        if isinstance(value, Encoded):
            value = orjson.loads(value.body)
        if isinstance(value, list):
            return sum(self._in(item, selections) for item in value)
        return 1 + self.below(value, selections) if value is not None else 0

    def _collect(self, selections: _Selections) -> dict[str, _Selections]:
        """What is selected below each name that has something selected below it."""
        key = tuple(map(id, selections))
        if key not in self._collected:
            self._collected[key] = self._merged(selections)
        return self._collected[key]

    def _merged(self, selections: _Selections) -> dict[str, _Selections]:
        fields: dict[str, _Selections] = {}
        waiting, seen = list(selections), set[str]()
        while waiting:
            for selection in waiting.pop().selections:
                if isinstance(selection, FragmentSpreadNode):
                    name = selection.name.value
                    if name not in seen:
                        seen.add(name)
                        waiting.append(self._fragments[name])
                    continue
                below: SelectionSetNode | None = getattr(selection, "selection_set", None)
                if below is None:
                    continue
                if not isinstance(selection, FieldNode):
                    waiting.append(below)
                elif not selection.name.value.startswith("__"):
                    name = (selection.alias or selection.name).value
                    fields[name] = (*fields.get(name, ()), below)
        return fields
