"""What an operation may cost at most, worked out before it runs.

Each definition of the document is gone through once, whatever spreads it: what is handed down is
how many objects it is selected on in all. Introspection costs nothing and is not counted.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple, cast

import msgspec
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_introspection_type,
    is_list_type,
)
from graphql.execution.values import VariableValues, get_argument_values

from adapters.provider import PersonField
from gateway.config import LimitsConfig
from gateway.errors import LimitExceeded
from gateway.execution.fragments import Definition, used_by
from gateway.schema.costs import Asked, Calls, Many, Rule, Scope, single
from gateway.schema.describing import Price
from gateway.schema.prices import ARGUMENTS, look_up
from gateway.schema.selection import is_included

_Fields = GraphQLObjectType | GraphQLInterfaceType


class Cost(NamedTuple):
    """Calls to providers, as sent and without further tries, objects in the answer, and values:
    its fields without a selection, each item of a list alone."""

    calls: int
    objects: int
    values: int = 0


NOTHING = Cost(0, 0, 0)

MOST_KNOWN = 32
LONGEST_KEY = 64


def total(costs: Iterable[Cost]) -> Cost:
    """What several operations may cost together."""
    return Cost(*map(sum, zip(NOTHING, *costs, strict=True)))


def check_cost(cost: Cost, limits: LimitsConfig) -> None:
    """Raises LimitExceeded when an operation may cost more than is allowed."""
    if cost.calls > limits.calls > 0:
        raise _over("calls", limits.calls, cost.calls, "calls to providers")
    if cost.objects > limits.objects > 0:
        raise _over("objects", limits.objects, cost.objects, "objects in its answer")
    if cost.values > limits.values > 0:
        raise _over("values", limits.values, cost.values, "values in its answer")


def _over(limit: str, maximum: int, actual: int, what: str) -> LimitExceeded:
    message = (
        f"The operation may take more than {maximum} {what}: ask for fewer, of fewer programs, or "
        "in several requests."
    )
    return LimitExceeded(limit, maximum, actual, message)


class Prices:
    """What the fields of a schema cost. Raises LookupError when one of them does not say."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._rules: dict[tuple[str, str], Rule] = {}
        self._looked_up: dict[str, frozenset[PersonField]] = {}
        for kind in schema.type_map.values():
            if isinstance(kind, _Fields) and not is_introspection_type(kind):
                for name, field in kind.fields.items():
                    self._add(kind.name, name, field)

    def _add(self, kind: str, name: str, field: GraphQLField) -> None:
        declared = field.extensions["strawberry-definition"]
        price: Price = declared.metadata[Price]
        if price.rule is None and (declared.base_resolver or _lists_objects(field)):
            raise LookupError(f"{kind}.{name} does not say what it costs")
        self._rules[kind, name] = price.rule or single
        if price.looks_up:
            self._looked_up[name] = price.looks_up

    def rule(self, kind: str, name: str) -> Rule:
        """What a field costs."""
        return self._rules[kind, name]

    def looked_up(self, name: str) -> frozenset[PersonField]:
        """What a field of a person has looked up."""
        return self._looked_up.get(name, frozenset())


def _lists_objects(field: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(field.type)) and is_composite_type(
        get_named_type(field.type)
    )


class PricedOperation:
    """An operation of a valid document, whose `definitions` stand before those that they spread.

    What it costs follows from the programs and from few of its variables, so that it is kept.
    """

    def __init__(
        self, prices: Prices, operation: OperationDefinitionNode, definitions: Sequence[Definition]
    ) -> None:
        self._prices = prices
        self._operation = operation
        self._fragments = used_by(operation, definitions)
        self._names = sorted(_variables([operation, *self._fragments]))
        self._known: OrderedDict[tuple[Scope, bytes], Cost] = OrderedDict()

    def cost(self, variables: VariableValues, scope: Scope) -> Cost:
        """What it may cost with these variables. Raises GraphQLError where a directive cannot take
        one of them."""
        told = b""
        if self._names:
            given = {name: variables.sources[name].value for name in self._names}
            told = msgspec.json.encode(
                {n: value for n, value in given.items() if value is not Undefined}
            )
        key = scope, told if len(told) <= LONGEST_KEY else blake2b(told).digest()
        cost = self._known.get(key)
        if cost is None:
            reckoning = _Reckoning(self._prices, self._operation, self._fragments, variables, scope)
            cost = self._known[key] = reckoning.cost()
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return cost


def _variables(definitions: Sequence[Definition]) -> Iterator[str]:
    """The variables that the cost depends on."""
    waiting: list[Node | None] = [definition.selection_set for definition in definitions]
    while waiting:
        match waiting.pop():
            case SelectionSetNode(selections=selections):
                for selection in selections:
                    waiting += [
                        a.value for d in selection.directives or () for a in d.arguments or ()
                    ]
                    waiting.append(getattr(selection, "selection_set", None))
                    for argument in getattr(selection, "arguments", None) or ():
                        if argument.name.value in ARGUMENTS:
                            waiting.append(argument.value)
            case ListValueNode(values=values):
                waiting += values
            case ObjectValueNode(fields=fields):
                waiting += [field.value for field in fields]
            case VariableNode(name=name):
                yield name.value


def _is_introspection(field: FieldNode) -> bool:
    return field.name.value.startswith("__")


def _length(kind: _Fields, selection: FieldNode) -> int:
    """How many values a field without a selection has at most: those of an enum, where it lists
    them."""
    field = kind.fields.get(selection.name.value)
    if field is None or not is_list_type(get_nullable_type(field.type)):
        return 1
    listed = get_named_type(field.type)
    return len(listed.values) if isinstance(listed, GraphQLEnumType) else 1


class _Reckoning:
    """One operation's cost with one set of variables."""

    def __init__(
        self,
        prices: Prices,
        operation: OperationDefinitionNode,
        fragments: Sequence[FragmentDefinitionNode],
        variables: VariableValues,
        scope: Scope,
    ) -> None:
        self._prices = prices
        self._schema = prices.schema
        self._operation = operation
        self._fragments = fragments
        self._variables = variables
        self._scope = scope
        self._calls = Calls(is_shared=operation.operation is OperationType.QUERY)
        self._objects = 0
        self._values = 0
        # On how many objects each fragment is selected, added up before its turn comes.
        self._spread: defaultdict[str, Many] = defaultdict(lambda: Many(0))
        self._looked_up: dict[str, frozenset[PersonField]] = {}

    def cost(self) -> Cost:
        for fragment in reversed(self._fragments):
            self._looked_up[fragment.name.value] = self._looks_up(fragment.selection_set)
        root = self._schema.get_root_type(self._operation.operation)
        self._select(self._operation.selection_set, cast(GraphQLObjectType, root), Many(1))
        for fragment in self._fragments:
            many = self._spread[fragment.name.value]
            if many.objects:
                kind = self._schema.type_map[fragment.type_condition.name.value]
                self._select(fragment.selection_set, cast(_Fields, kind), many)
        return Cost(self._calls.total, self._objects, self._values)

    def _select(self, selection_set: SelectionSetNode, kind: _Fields, many: Many) -> None:
        waiting = [(selection_set, kind, many)]
        while waiting:
            selection_set, kind, many = waiting.pop()
            for selection in self._included(selection_set):
                if isinstance(selection, FragmentSpreadNode):
                    name = selection.name.value
                    self._spread[name] = self._spread[name].plus(many)
                elif isinstance(selection, InlineFragmentNode):
                    condition = selection.type_condition
                    below = self._schema.type_map[condition.name.value] if condition else kind
                    waiting.append((selection.selection_set, cast(_Fields, below), many))
                elif not isinstance(selection, FieldNode):
                    continue
                elif selection.selection_set is None:
                    self._values += many.objects * _length(kind, selection)
                elif not _is_introspection(selection):
                    returned, below = self._ask(selection, kind, many)
                    waiting.append((selection.selection_set, below, returned))

    def _ask(self, node: FieldNode, kind: _Fields, many: Many) -> tuple[Many, _Fields]:
        """Add what a field costs; what it returns, and the type of that."""
        name = node.name.value
        field = kind.fields[name]
        below = cast(_Fields, get_named_type(field.type))
        try:
            arguments = get_argument_values(field, node, self._variables) if field.args else {}
        except GraphQLError:
            return Many(0), below  # told in the place of the field, which is not run
        asked = Asked(
            place=id(node),
            parents=many,
            arguments={name: arguments[name] for name in ARGUMENTS & arguments.keys()},
            is_merged="programs" in field.args,
            scope=self._scope,
            calls=self._calls,
        )
        returned = self._prices.rule(kind.name, name)(asked)
        self._objects += returned.objects
        if below.name == "Person":
            fields = self._looks_up(node.selection_set)
            look_up(returned.objects, fields, self._scope, self._calls)
        return returned, below

    def _looks_up(self, selection_set: SelectionSetNode | None) -> frozenset[PersonField]:
        """What is looked up of a person on which this is selected."""
        fields: frozenset[PersonField] = frozenset()
        waiting = [selection_set] if selection_set else []
        while waiting:
            for selection in self._included(waiting.pop()):
                if isinstance(selection, FieldNode):
                    fields |= self._prices.looked_up(selection.name.value)
                elif isinstance(selection, FragmentSpreadNode):
                    fields |= self._looked_up[selection.name.value]
                elif isinstance(selection, InlineFragmentNode):
                    waiting.append(selection.selection_set)
        return fields

    def _included(self, selection_set: SelectionSetNode) -> Iterator[SelectionNode]:
        return (s for s in selection_set.selections if is_included(s, self._variables))
