"""How a field of the schema comes by its value: by an attribute, or by a function."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
)
from graphql.execution import get_argument_values
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from gateway.caller import Scope
from gateway.context import Context
from gateway.execution.executable import Executable
from gateway.schema.arguments import Info
from gateway.schema.describing import RowsOf, ToldAs
from gateway.schema.selection import Preselected, names_below

Arguments = dict[str, Any]


class Unplannable(Exception):
    """Something that has to be left to graphql-core."""


@dataclass(frozen=True)
class Attribute:
    """A field that is an attribute of the object behind it. `span`: the attribute that says of
    which page these are rows."""

    name: str
    span: str | None


@dataclass(frozen=True)
class Call:
    """A field that a function answers.

    `parameters` are those that every call fills, in their order: "root" or "info", with the name
    to pass it by, None where it goes by its place. `may_wait`: whether the function may give an
    awaitable, `is_async`: whether it always does. `told_as`: the attribute that has the answer
    already, unless it is UNSET; but for callers without a scope, if the answer `needs` one.
    `told_by` has several such attributes of an object told at once.
    """

    function: Callable[..., Any]
    parameters: tuple[tuple[str, str | None], ...]
    is_async: bool
    may_wait: bool
    told_as: str | None
    told_by: Callable[..., Any] | None
    needs: Scope | None

    def withheld(self) -> "Call":
        """The same for callers without the scope: the function gives them nothing, and at once."""
        return replace(self, told_as=None, may_wait=False)


def access(field: GraphQLField) -> Attribute | Call:
    """How a field comes by its value. Raises Unplannable for anything but what is plain."""
    declared = field.extensions.get("strawberry-definition")
    if not isinstance(declared, StrawberryField) or declared.extensions:
        raise Unplannable("a field that is not declared plainly")
    resolver = declared.base_resolver
    if resolver is None:
        rows = declared.metadata.get(RowsOf)
        return Attribute(declared.python_name, None if rows is None else rows.span)
    if resolver.self_parameter is not None:
        raise Unplannable("a method")
    root, info = resolver.parent_parameter or resolver.root_parameter, resolver.info_parameter
    kinds = {known.name: kind for known, kind in ((root, "root"), (info, "info")) if known}
    function: Callable[..., Any] = resolver.wrapped_func  # type: ignore[assignment]
    signature = inspect.signature(function)
    parameters: list[tuple[str, str | None]] = []
    for place, name in enumerate(signature.parameters):
        if name in kinds:
            # By place as long as nothing else comes before: that is cheaper.
            parameters.append((kinds[name], None if place == len(parameters) else name))
    told: ToldAs = declared.metadata.get(ToldAs, ToldAs(None, None, None))
    return Call(
        function,
        tuple(parameters),
        is_async=declared.is_async,
        # Only a matter of speed: an awaitable where none was announced is left to graphql-core.
        may_wait=declared.is_async or signature.return_annotation in (Any, inspect.Parameter.empty),
        told_as=told.attribute,
        told_by=told.by,
        needs=told.scope if told.attribute else None,
    )


@dataclass(eq=False)
class Selected:
    """A field as an operation selects it on a type of object. `names_below` are the names of the
    fields right below it, once somebody has asked."""

    key: str
    definition: GraphQLField
    parent: GraphQLObjectType
    details: FieldDetailsList
    executable: Executable
    names_below: frozenset[str] | None = None

    @cached_property
    def nodes(self) -> list[FieldNode]:
        """The places in the document that select it."""
        return [detail.node for detail in self.details]

    @cached_property
    def has_variables(self) -> bool:
        """Whether its arguments depend on variables."""
        return any(_has_variable(argument.value) for argument in self.nodes[0].arguments or ())

    def arguments(self, variables: VariableValues) -> Arguments:
        """The arguments as the function takes them. Raises whatever graphql-core would."""
        given = get_argument_values(
            self.definition,
            self.nodes[0],
            variables,
            hide_suggestions=self.executable.hides_suggestions,
        )
        declared: StrawberryField = self.definition.extensions["strawberry-definition"]
        converter = self.executable.schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]
        config: StrawberryConfig = converter.config
        return convert_arguments(
            given, declared.arguments, scalar_registry=converter.scalar_registry, config=config
        )


def _has_variable(value: ValueNode) -> bool:
    match value:
        case VariableNode():
            return True
        case ListValueNode():
            return any(map(_has_variable, value.values))
        case ObjectValueNode():
            return any(_has_variable(field.value) for field in value.fields)
    return False


class SharedInfo(Info, Preselected):
    """What a resolver may ask about its field: one for all the objects that it is selected on,
    so that it does not tell a path."""

    def __init__(self, field: Selected, variables: VariableValues, context: Context) -> None:
        self._selected = field
        self._variables = variables
        self._context = context
        self._field = field.definition.extensions["strawberry-definition"]

    @property
    def context(self) -> Context:
        return self._context

    @property
    def selected_fields(self) -> frozenset[str]:  # type: ignore[override]
        # A plan is for one choice of what `@skip` and `@include` leave.
        known = self._selected.names_below
        if known is None:
            known = self._selected.names_below = names_below(self._raw_info)
        return known

    @property
    def path(self) -> Any:
        raise AttributeError("A resolver of a compiled operation is not told its path.")

    @cached_property
    def _raw_info(self) -> GraphQLResolveInfo[Context]:  # type: ignore[override]
        field, executable = self._selected, self._selected.executable
        return GraphQLResolveInfo(
            field_name=field.nodes[0].name.value,
            field_nodes=field.nodes,
            return_type=field.definition.type,
            parent_type=field.parent,
            path=None,  # type: ignore[arg-type]
            schema=executable.schema,
            fragments=executable.fragments,
            root_value=None,
            operation=executable.definition,
            variable_values=self._variables,
            context=self._context,
            is_awaitable=is_awaitable,
            abort_signal=None,
            async_helpers=None,  # type: ignore[arg-type]
        )
