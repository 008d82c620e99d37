"""Scalars and enums as Python expressions that check a value and give what goes into the answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from types import MethodDescriptorType
from typing import Any, NoReturn, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from strawberry.types.enum import StrawberryEnumDefinition

from gateway.execution.fields import Unplannable
from gateway.schema.scalars import instant


class Surprise(Exception):
    """A value that is not what the schema promises: graphql-core knows what to make of it."""


def surprise(value: object) -> NoReturn:
    """Raises Surprise."""
    raise Surprise(type(value).__name__)


@dataclass(frozen=True)
class Leaf:
    """`test` and `result` are expressions with `{v}` for the name of the value; the result holds
    where the test does, and what fails it is null or a surprise. `names` are what they use.
    `as_json` may take the place of the result in what is written as JSON at once."""

    test: str
    result: str
    names: dict[str, Any]
    as_json: str = ""

    def in_json(self) -> "Leaf":
        """The same for what is written as JSON at once."""
        return replace(self, result=self.as_json or self.result)

    def expression(self, name: str, first: str, otherwise: str) -> str:
        """Checks and gives the value of a name; `first` stands where the name is used first."""
        test = self.test.replace("{v}", first, 1).replace("{v}", name)
        return f"({self.result.replace('{v}', name)} if {test} else {otherwise})"


def unfit(name: str, *, is_nullable: bool) -> str:
    """What becomes of a value that fails the test."""
    return f"None if {name} is None else surprise({name})" if is_nullable else f"surprise({name})"


def completing(type_: Leaf, *, is_nullable: bool) -> Callable[[Any, Any, Any], Any]:
    """A function that checks and gives its first argument."""
    value = type_.expression("v", "v", unfit("v", is_nullable=is_nullable))
    function: Callable[[Any, Any, Any], Any] = eval(  # noqa: S307 - no text of a request in it
        f"lambda v, x, h: {value}", {**type_.names, "surprise": surprise}
    )
    return function


_BUILT_IN = {
    GraphQLString: Leaf("type({v}) is str", "{v}", {}),
    # An ID may be an integer too, which is no text: graphql-core's matter.
    GraphQLID: Leaf("type({v}) is str", "{v}", {}),
    GraphQLInt: Leaf("type({v}) is int and -2147483648 <= {v} <= 2147483647", "{v}", {}),
    GraphQLFloat: Leaf("type({v}) is float and {v} - {v} == 0.0", "{v}", {}),
    GraphQLBoolean: Leaf("{v} is True or {v} is False", "{v}", {}),
}


def leaf(type_: GraphQLScalarType | GraphQLEnumType) -> Leaf:
    """How values of a scalar or an enum are checked and written. Raises Unplannable."""
    if isinstance(type_, GraphQLEnumType):
        return _enum(type_)
    known = _BUILT_IN.get(type_)
    if known is not None:
        return known
    # As graphql-core writes it: whatever cannot be written raises.
    write = type_.coerce_output_value
    name = f"write_{type_.name}"
    result = name + "({v})"
    names: dict[str, Any] = {name: _promising(write)}
    if write is instant:
        names |= {"datetime": datetime, "UTC": UTC}
        plain = f"{{v}} if type({{v}}) is datetime and {{v}}.tzinfo is UTC else {result}"
        return Leaf("{v} is not None", result, names, as_json=f"({plain})")
    return Leaf("{v} is not None", result, names)


def _promising(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    if isinstance(write, MethodDescriptorType):
        return write

    def written(value: Any) -> Any:
        result = write(value)
        if result is None or result is Undefined:
            raise Surprise
        return result

    return written


def declaring(type_: GraphQLEnumType) -> type[Enum]:
    """The Python enum that an enum is declared by. Raises Unplannable."""
    declared = type_.extensions.get("strawberry-definition")
    if not isinstance(declared, StrawberryEnumDefinition):
        raise Unplannable("an enum that is not declared by a Python one")
    return cast("type[Enum]", declared.wrapped_cls)


def _enum(type_: GraphQLEnumType) -> Leaf:
    python_enum = declaring(type_)
    cls, names = f"enum_{type_.name}", f"names_{type_.name}"
    written = {member: type_.coerce_output_value(member) for member in python_enum}
    return Leaf(f"type({{v}}) is {cls}", names + "[{v}]", {cls: python_enum, names: written})
