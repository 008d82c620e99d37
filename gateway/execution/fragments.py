"""The definitions of a document in the order in which they use each other.

Walking through a document by following its spreads takes time that doubles with every fragment
that is spread twice. In this order each definition is looked at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

Definition = OperationDefinitionNode | FragmentDefinitionNode


def users_first(document: DocumentNode) -> list[Definition]:
    """Operations and fragments, each before the fragments that it spreads.

    Fragments that nobody spreads are left out, and so is whatever spreads itself.
    """
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    ordered: list[Definition] = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    spreads = {
        name: [spread for spread in _spreads(fragment) if spread in fragments]
        for name, fragment in fragments.items()
    }
    used = _reachable(ordered, spreads)
    users = Counter(spread for name in used for spread in spreads[name])
    waiting = [name for name in used if not users[name]]
    while waiting:
        name = waiting.pop()
        ordered.append(fragments[name])
        for spread in spreads[name]:
            users[spread] -= 1
            if not users[spread]:
                waiting.append(spread)
    return ordered


def used_by(
    operation: OperationDefinitionNode, definitions: Iterable[Definition]
) -> list[FragmentDefinitionNode]:
    """The fragments that an operation uses, of definitions that stand before those they spread.

    What others of the document use may depend on variables that it does not have.
    """
    names = set(_spreads(operation))
    used = []
    for definition in definitions:
        if isinstance(definition, FragmentDefinitionNode) and definition.name.value in names:
            used.append(definition)
            names.update(_spreads(definition))
    return used


def _reachable(operations: list[Definition], spreads: dict[str, list[str]]) -> set[str]:
    """The fragments that an operation uses, by whatever way."""
    waiting = [name for operation in operations for name in _spreads(operation)]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in spreads and name not in used:
            used.add(name)
            waiting += spreads[name]
    return used


def _spreads(definition: Definition) -> Iterator[str]:
    """The fragments that a definition spreads, as often as it does."""
    waiting = [definition.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                yield selection.name.value
            elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                waiting.append(selection.selection_set)
