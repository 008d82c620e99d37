"""An operation of a validated document, with what it takes to execute it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import isawaitable
from typing import Any

import msgspec
from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.executor import default_field_resolver, default_type_resolver
from graphql.execution.values import VariableValues, get_variable_values

from gateway.context import Context
from gateway.execution.turns import TurnExecutor

MOST_ERRORS = 50
"""Faults of variables that are told at once, as by graphql-core itself."""

LONGEST_MISTYPED = 20_000
"""Characters of a document, or bytes of variables as JSON, up to which a wrong name is compared
with those that may have been meant: that takes time by its length."""


@dataclass(eq=False)
class Executable:
    """What stays the same, however often an operation is executed.

    `fragments` are those of the whole document, by name. `hides_suggestions`
    keeps names of the schema out of errors. `document_bytes` is what
    the document takes in memory, `is_unplannable` whether only graphql-core can execute this.
    """

    schema: GraphQLSchema
    definition: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    hides_suggestions: bool
    document_bytes: int
    is_unplannable: bool = field(default=False, init=False)

    @cached_property
    def fragment_details(self) -> dict[str, FragmentDetails]:
        """The fragments as graphql-core wants them: without variables of their own."""
        return {name: FragmentDetails(known) for name, known in self.fragments.items()}

    @cached_property
    def steering(self) -> tuple[str, ...]:
        """The variables that `@skip` and `@include` depend on, here or in any fragment."""
        selections = [self.definition.selection_set]
        selections += [fragment.selection_set for fragment in self.fragments.values()]
        names = {name for selection in selections for name in _steering(selection)}
        return tuple(sorted(names))

    def variables(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values of the variables, or what is wrong with those that were given."""
        return self._values(given) if given else self._defaults

    @cached_property
    def _defaults(self) -> VariableValues | list[GraphQLError]:
        return self._values({})

    def _values(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        is_long = len(msgspec.json.encode(given)) > LONGEST_MISTYPED
        return get_variable_values(
            self.schema,
            self.definition.variable_definitions or (),
            dict(given),
            max_errors=MOST_ERRORS,
            hide_suggestions=self.hides_suggestions or is_long,
        )

    async def execute(self, context: Context, variables: VariableValues) -> ExecutionResult:
        """Execute by graphql-core alone. Whatever is deferred is in the answer all the same."""
        result: Any = self.executor(context, variables).execute_operation()
        return await result if isawaitable(result) else result  # type: ignore[no-any-return]

    def executor(self, context: Context, variables: VariableValues) -> Executor[None]:
        """graphql-core's own executor."""
        return TurnExecutor(
            self.schema,
            self.fragments,
            self.fragment_details,
            None,
            context,
            self.definition,
            variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            hide_suggestions=self.hides_suggestions,
        )


def _steering(selection_set: SelectionSetNode) -> Iterator[str]:
    for selection in selection_set.selections:
        yield from _steering_one(selection)
        if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
            yield from _steering(selection.selection_set)


def _steering_one(selection: SelectionNode) -> Iterator[str]:
    for directive in selection.directives or ():
        if directive.name.value not in ("skip", "include"):
            continue
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                yield argument.value.name.value
