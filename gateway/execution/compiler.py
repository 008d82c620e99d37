"""Compiles a query operation into Python functions.

For every selection on a type of object there is a function that makes the object's part of the
answer: attributes are read and resolvers called in place, and each value is checked against its
type as it passes. Names in the source are made up here, and response keys are GraphQL names:
nothing of a request's text becomes code.

In the source, `o` is the object, `x` the run, `h` the holder of the values that are made.

Most rows of a list tell all that is asked of them, or what is looked up of them is at hand. There
is a second function for these, which needs no holder. Where some of that is yet to come, it is put
in its place when it has. Rows that are nothing but attributes need no function at all
(`row_types.py`).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLUnionType,
    OperationType,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.values import VariableValues
from msgspec import UNSET

from gateway.execution.classes import Dispatch, Known
from gateway.execution.executable import Executable
from gateway.execution.fields import Attribute, Call, Selected, Unplannable
from gateway.execution.kept_rows import ALONE, Encoded, MakeRows, dumped
from gateway.execution.leaves import Surprise, surprise, unfit
from gateway.execution.places import Holder, Position
from gateway.execution.plan import Complete, Plan, Root, Step
from gateway.execution.resolver_calls import ResolverCalls
from gateway.execution.row_types import RowTypes
from gateway.execution.selection import Selection, is_nullable_leaf, is_typename
from gateway.execution.source import Source


def compiled(executable: Executable, known: Known, variables: VariableValues) -> Plan:
    """The plan of an operation for variables that steer `@skip` and `@include` like these.

    Raises Unplannable for what graphql-core has to run itself.
    """
    definition = executable.definition
    if definition.operation is not OperationType.QUERY or definition.directives:
        raise Unplannable("no plain query")
    if any(fragment.variable_definitions for fragment in executable.fragments.values()):
        raise Unplannable("fragments with variables")
    return _Compiler(executable, known, variables).plan()


class _Compiler:
    """Makes one plan, from the leaves to the root: a function's callees are there before it."""

    def __init__(self, executable: Executable, known: Known, variables: VariableValues) -> None:
        self._executable = executable
        self._known = known
        self._selection = Selection(executable, known, variables)
        self._source = source = Source(
            surprise=surprise,
            Surprise=Surprise,
            Holder=Holder,
            Encoded=Encoded,
            UNSET=UNSET,
            kept_rows=known.kept_rows,
            alone=ALONE,
        )
        self._calls = ResolverCalls(source, variables)
        self._steps: dict[int, str] = {}
        self._rows: list[MakeRows] = []
        self._makes_rows = False
        self._row_types = RowTypes(self._selection, known)

    def plan(self) -> Plan:
        steps = [self._root(field) for field in self._selection.root().values()]
        calls, count = self._calls, self._selection.field_count
        return Plan(self._executable, steps, calls.informed, calls.variable, self._rows, count)

    # Functions.

    def _root(self, field: Selected) -> Root:
        if is_typename(field):
            name = field.parent.name
            return Root(field, _position(field), lambda value, run, holder: value, lambda run: name)
        by = self._known.access(field)
        if isinstance(by, Attribute):
            raise Unplannable("there is no object behind the root")
        call = self._source.function("root", "x", "return " + self._calls.call(by, field, "None"))
        return Root(field, _position(field), self._completing(field), self._source[call])

    def _completing(self, field: Selected) -> Complete:
        """What completes a value that comes later, or comes first."""
        type_, key = field.definition.type, field.key
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLScalarType | GraphQLEnumType):
            return self._known.completing(type_, inner)
        if isinstance(inner, GraphQLObjectType):
            is_nullable = inner is type_
            if self._selection.waits(inner, field):
                keep = self._source[self._object(inner, field, _position(field))]
                return lambda v, x, h: None if v is None and is_nullable else keep(v, x, h, key)
            make = self._source[self._object(inner, field, None)]
            return lambda v, x, h: None if v is None and is_nullable else make(v, x)
        value = self._value(type_, field, "v", repr(key), field.parent.name)
        complete: Complete = self._source[
            self._source.function("complete", "v, x, h", f"return {value}")
        ]
        return complete

    def _object(
        self,
        type_: GraphQLObjectType,
        field: Selected,
        position: Position | None,
        *,
        is_told: bool = False,
    ) -> str:
        """The name of the function that completes an object of a type; one with a position keeps
        a holder for what is awaited below, and one that `is_told` whole has nothing such."""
        selected = self._selection.below(field, type_)
        fit, admit = self._admission(type_)
        check = f"if type(o) not in {fit}: {admit}(o)"
        if is_told:
            return self._source.function(
                "object", "o, x", check, f"return {self._told(selected, 'o')}"
            )
        entries = self._entries(selected, self._field)
        if position is None:
            return self._source.function("object", "o, x", check, f"return {entries}")
        return self._source.function(
            "object",
            "o, x, above, key",
            check,
            f"h = Holder(above, key, {self._source.name('position', position)})",
            f"h.values = r = {entries}",
            "return r",
        )

    def _admission(self, type_: GraphQLObjectType) -> tuple[str, str]:
        """The names of the classes that are fit for a type, and of what judges all others."""
        admitted = self._known.admitted(type_)
        fit = self._source.name("fit", admitted.classes)
        return fit, self._source.name("admit", admitted.admit)

    def _entries(self, selected: dict[str, Selected], value: Callable[[Selected], str]) -> str:
        return f"{{{', '.join(f'{key!r}: {value(field)}' for key, field in selected.items())}}}"

    def _told(self, selected: dict[str, Selected], o: str) -> str:
        """What is made of an object of that name that tells all of itself, or of one that does not
        but of which the rest is at hand."""
        told = self._entries(selected, partial(self._told_field, o=o))
        lookable = [by for field in selected.values() if (by := self._lookable(field))]
        ways = {by.told_by for by in lookable}
        if len(ways) != 1 or None in ways:  # what is UNSET is a surprise, then
            return told
        names = tuple(dict.fromkeys(by.told_as for by in lookable))
        completed, asked = self._source.name("completed", *ways), self._source.name("asked", names)
        ask = self._source.function("ask", "o, x", f"return {completed}(o, {asked}, x.context)")
        entries = self._entries(selected, self._told_field)
        make = self._source.function("make", "o, x", f"return {entries}")
        untold = " or ".join(f"{o}.{name} is UNSET" for name in names)
        return f"(x.things.made({o}, {ask}, {make}, x) if {untold} else {told})"

    def _inlined(self, type_: GraphQLObjectType, field: Selected, name: str, first: str) -> str:
        """An object that is told whole, in its place: a call takes as long as a small one."""
        fit, admit = self._admission(type_)
        told = self._told(self._selection.below(field, type_), name)
        return f"({told} if type({first}) in {fit} or {admit}({name}) else None)"

    def _list(self, type_: GraphQLList[Any], field: Selected, position: Position) -> str:
        """The name of the function that completes a list with something awaited below."""
        item = self._value(type_.of_type, field, "i", "n", None)
        told_first = []
        if position.typename is not None and (rows := self._rows_function(field)) is not None:
            told_first = [f"try: return Encoded({rows}(v))", "except Surprise: pass"]
        if position.typename is not None and self._selection.is_told_whole(type_, field):
            told = self._value(type_.of_type, field, "i", "n", None, is_told=True)
            source, key = self._source, field.key
            again = self._source.name(
                "again", Step(field, position, lambda v, x, h: source[name](v, x, h, key))
            )
            told_first += [
                "try:",
                f"    r = [{told} for i in v]",
                "except Surprise:",
                "    x.things.lacking.clear()",
                "else:",
                f"    return x.filled(v, r, {again}, above) if x.things.lacking else r",
            ]
        name = self._source.function(
            "list",
            "v, x, above, key",
            "if type(v) is not list and type(v) is not tuple: surprise(v)",
            *told_first,
            f"h = Holder(above, key, {self._source.name('position', position)})",
            f"h.values = r = [{item} for n, i in enumerate(v)]",
            "return r",
        )
        return name

    # Expressions.

    def _field(self, field: Selected) -> str:
        if is_typename(field):
            return repr(field.parent.name)
        type_, typename = field.definition.type, field.parent.name
        by = self._known.access(field)
        if isinstance(by, Attribute):
            value = self._value(type_, field, f"o.{by.name}", repr(field.key), typename)
            if by.span is not None and self._selection.is_told_whole(type_, field):
                return self._kept(by.span, field, value)
            return value
        call = self._calls.call(by, field, "o")
        if not by.may_wait:
            return self._value(type_, field, call, repr(field.key), typename)
        if self._lookable(field):
            return self._asked(field, by)
        step = self._step(field)
        if by.is_async:
            return f"x.later({call}, {step}, h)"
        nullable = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(nullable, GraphQLScalarType | GraphQLEnumType):
            return self._leaf(nullable, call, lambda v: f"x.told({v}, {step}, h)")
        return f"x.told({call}, {step}, h)"

    def _lookable(self, field: Selected) -> Call | None:
        """How a scalar is had that has to be looked up where an attribute is UNSET."""
        by = None if is_typename(field) else self._known.access(field)
        if not isinstance(by, Call) or by.told_as is None or not by.may_wait:
            return None
        return by if is_nullable_leaf(field.definition.type) else None

    def _asked(self, field: Selected, by: Call) -> str:
        """A scalar that the object tells, or else what is asked for."""
        ask = self._source.function("ask", "o, x", f"return {self._calls.call(by, field, 'o')}")
        given = f"o, {ask}, {self._step(field)}, h"
        type_ = field.definition.type
        assert isinstance(type_, GraphQLScalarType | GraphQLEnumType)  # noqa: S101 - `_lookable`
        return self._leaf(
            type_,
            f"o.{by.told_as}",
            lambda v: (
                f"None if {v} is None else x.asked({given}) if {v} is UNSET else surprise({v})"
            ),
        )

    def _step(self, field: Selected) -> str:
        key = id(field)
        if key not in self._steps:
            step = Step(field, _position(field), self._completing(field))
            self._steps[key] = self._source.name("step", step)
        return self._steps[key]

    def _told_field(self, field: Selected, o: str = "o") -> str:
        """A field of an object that is told whole: what is not, is a surprise."""
        if is_typename(field):
            return repr(field.parent.name)
        by = self._known.access(field)
        if isinstance(by, Attribute):
            value = f"{o}.{by.name}"
        elif by.told_as is not None:
            value = f"{o}.{by.told_as}"
        else:
            value = self._calls.call(by, field, o)
        return self._value(field.definition.type, field, value, "", None, is_told=True)

    def _kept(self, span: str, field: Selected, otherwise: str) -> str:
        """The rows of a page, which need to be made once."""
        rows = self._rows_function(field) or self._rows_of_dicts(field)
        self._rows.append(self._source[rows])
        kept = self._source.number("kept")
        return (
            f"({kept} if ({kept} := kept_rows.get(o.{span}, {rows})) is not None else {otherwise})"
        )

    def _rows_function(self, field: Selected) -> str | None:
        """The name of what writes rows of a list as JSON at once, if they are so plain."""
        listed = get_nullable_type(field.definition.type)
        item = listed.of_type if isinstance(listed, GraphQLList) else None
        if not isinstance(item, GraphQLNonNull) or not isinstance(item.of_type, GraphQLObjectType):
            return None
        rows = self._row_types.rows(item.of_type, field)
        return None if rows is None else self._source.name("rows", rows)

    def _rows_of_dicts(self, field: Selected) -> str:
        self._makes_rows = True
        told = self._value(field.definition.type, field, "v", "", None, is_told=True)
        self._makes_rows = False
        made = self._source.function("made", "v", "x = alone", f"return {told}")
        return self._source.name("rows", dumped(self._source[made]))

    def _value(
        self,
        type_: GraphQLOutputType,
        field: Selected,
        v: str,
        key: str,
        typename: str | None,
        *,
        is_told: bool = False,
    ) -> str:
        """What completes a value for its place: a key of the holder `h` of that type, for which
        there is no need where the value `is_told` whole."""
        position = Position(typename, not isinstance(type_, GraphQLNonNull))
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            return self._leaf(type_, v, lambda name: unfit(name, is_nullable=position.is_nullable))
        name, first = self._source.bound(v)
        whole = name if position.is_nullable else first
        holds = not is_told and self._selection.waits(type_, field)
        rest = f", x, h, {key})" if holds else ", x)"
        match type_:
            case GraphQLList():
                if holds:
                    value = f"{self._list(type_, field, position)}({whole}{rest}"
                else:
                    item = self._value(type_.of_type, field, "i", "n", None, is_told=is_told)
                    value = (
                        f"([{item} for i in {name}]"
                        f" if type({whole}) is list or type({name}) is tuple"
                        f" else surprise({name}))"
                    )
            case GraphQLObjectType() if is_told and v != "i" and self._is_small(type_, field):
                value = self._inlined(type_, field, name, whole)
            case GraphQLObjectType():
                made = self._object(type_, field, position if holds else None, is_told=is_told)
                value = f"{made}({whole}{rest}"
            case GraphQLInterfaceType() | GraphQLUnionType():
                below = position if holds else None
                by_name = {
                    each.name: self._source[self._object(each, field, below, is_told=is_told)]
                    for each in self._executable.schema.get_possible_types(type_)
                }
                dispatch = self._source.name("dispatch", Dispatch(type_, by_name))
                value = f"{dispatch}[type({whole})]({name}{rest}"
            case _:
                raise Unplannable("an unknown kind of type")
        return f"(None if {first} is None else {value})" if position.is_nullable else value

    def _is_small(self, type_: GraphQLObjectType, field: Selected) -> bool:
        """Whether nothing but scalars and enums is selected of an object."""
        below = self._selection.below(field, type_).values()
        return all(
            is_typename(each) or is_leaf_type(get_nullable_type(each.definition.type))
            for each in below
        )

    def _leaf(
        self,
        type_: GraphQLScalarType | GraphQLEnumType,
        v: str,
        otherwise: Callable[[str], str],
    ) -> str:
        known = self._known.leaf(type_)
        if self._makes_rows:
            known = known.in_json()
        self._source.add(known.names)
        name, first = self._source.bound(v)
        return known.expression(name, first, otherwise(name))


def _position(field: Selected) -> Position:
    is_nullable = not isinstance(field.definition.type, GraphQLNonNull)
    return Position(field.parent.name, is_nullable)
