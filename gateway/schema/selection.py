"""Looking ahead at what an operation selects, where a field costs upstream calls."""

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    get_directive_values,
)
from graphql.execution.values import VariableValues
from strawberry import Info


class Preselected:
    """An `info` that knows what is selected: it is the same in all runs of an operation."""

    selected_fields: frozenset[str]


def selected_fields(info: Info[Any, Any]) -> frozenset[str]:
    """The names of the fields selected right below this one, in the words of the schema.

    Fragments are looked into whatever their type condition; `@skip` and `@include` are heeded.
    """
    if isinstance(info, Preselected):
        return info.selected_fields
    return names_below(info._raw_info)


def names_below(raw: GraphQLResolveInfo[Any]) -> frozenset[str]:
    """As `selected_fields`, of what graphql-core tells."""
    seen: set[str] = set()
    return frozenset(
        name
        for node in raw.field_nodes
        if node.selection_set
        for name in _names(node.selection_set.selections, raw, seen)
    )


def _names(
    selections: Iterable[SelectionNode], raw: GraphQLResolveInfo[Any], seen: set[str]
) -> Iterator[str]:
    for selection in selections:
        if not is_included(selection, raw.variable_values):
            continue
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, InlineFragmentNode):
            yield from _names(selection.selection_set.selections, raw, seen)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
            seen.add(selection.name.value)
            fragment = raw.fragments[selection.name.value]
            yield from _names(fragment.selection_set.selections, raw, seen)


def is_included(selection: SelectionNode, variables: VariableValues) -> bool:
    """Whether `@skip` and `@include` leave a selection in."""
    if not selection.directives:
        return True
    skip = get_directive_values(GraphQLSkipDirective, selection, variables)
    if skip and skip["if"]:
        return False
    include = get_directive_values(GraphQLIncludeDirective, selection, variables)
    return not include or bool(include["if"])
