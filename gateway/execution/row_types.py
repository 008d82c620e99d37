"""Rows of a list that are nothing but attributes of the model: checked and written as JSON by
msgspec, from a class that is made for the selection.

That takes less than half of what completing them by compiled Python takes. Whatever does not fit
such a class is a Surprise, and completed the other way.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
)
from msgspec import Meta, Struct, ValidationError, convert, defstruct
from msgspec.json import Encoder

from gateway.execution.classes import Known
from gateway.execution.fields import Attribute, Selected, Unplannable
from gateway.execution.kept_rows import MakeRows
from gateway.execution.leaves import Surprise, declaring
from gateway.execution.selection import Selection, is_typename
from gateway.schema.scalars import instant

_SCALARS: dict[GraphQLScalarType, Any] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLInt: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)],
    GraphQLBoolean: bool,
}

_encode = Encoder().encode


class RowTypes:
    """Makes the classes of one plan's rows."""

    def __init__(self, selection: Selection, known: Known) -> None:
        self._selection = selection
        self._known = known

    def rows(self, type_: GraphQLObjectType, field: Selected) -> MakeRows | None:
        """What makes rows of objects of a type, as they are selected below a field; None where
        they are more than attributes."""
        try:
            listed = list[self._row(type_, field)]  # type: ignore[misc, valid-type]
        except Unplannable:
            return None

        def made(items: Sequence[Any]) -> bytes:
            try:
                return _encode(
                    # A text in the place of an instant does not fit.
                    convert(items, listed, from_attributes=True, builtin_types=(datetime,))
                )
            except (ValidationError, UnicodeEncodeError):
                raise Surprise from None

        return made

    def _row(self, type_: GraphQLObjectType, field: Selected) -> type[Struct]:
        fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
        names: dict[str, str] = {}
        for key, selected in self._selection.below(field, type_).items():
            if is_typename(selected):  # an attribute that no object has
                name = f"typename{len(names)}"
                fields.append((name, str, type_.name))
            else:
                name = self._attribute(selected)
                fields.append((name, self._type(selected.definition.type, selected)))
            if name in names:
                raise Unplannable("an attribute under two names")
            names[name] = key
        # They hold nothing that could hold them.
        return defstruct(f"{type_.name}Row", fields, rename=names, kw_only=True, gc=False)

    def _attribute(self, field: Selected) -> str:
        by = self._known.access(field)
        if isinstance(by, Attribute):
            return by.name
        if by.told_as is None or not by.may_wait:
            raise Unplannable("more than an attribute")
        return str(by.told_as)

    def _type(self, type_: GraphQLOutputType, field: Selected) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._present(type_.of_type, field)
        return self._present(type_, field) | None

    def _present(self, type_: GraphQLOutputType, field: Selected) -> Any:
        match type_:
            case GraphQLObjectType():
                return self._row(type_, field)
            case GraphQLEnumType():
                return _enum(type_)
            case GraphQLScalarType() if type_ in _SCALARS:
                return _SCALARS[type_]
            case GraphQLScalarType() if type_.coerce_output_value is instant:
                return datetime
        raise Unplannable("more than a class can check")


def _enum(type_: GraphQLEnumType) -> type[Enum]:
    python_enum = declaring(type_)
    if any(type_.coerce_output_value(member) != member.value for member in python_enum):
        raise Unplannable("an enum that is not written as its values")
    return python_enum
