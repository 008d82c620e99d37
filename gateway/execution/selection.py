"""What an operation selects, and what is known of it before it runs."""

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLUnionType,
)
from graphql.execution.collect_fields import GroupedFieldSet, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from gateway.execution.classes import Known
from gateway.execution.executable import Executable
from gateway.execution.fields import Attribute, Call, Selected, Unplannable

MOST_FIELDS = 1000
"""Fragments can make many fields of a short text; what has more is not worth a plan."""


class Selection:
    """The fields of an operation for variables that steer `@skip` and `@include` like these.

    All methods raise Unplannable for what graphql-core has to run itself. `field_count` is how
    many fields were looked at.
    """

    def __init__(self, executable: Executable, known: Known, variables: VariableValues) -> None:
        self.field_count = 0
        self._executable = executable
        self._known = known
        self._variables = variables
        self._fields: dict[tuple[str, int], dict[str, Selected]] = {}
        self._waiting: dict[tuple[str, int], bool] = {}
        self._told: dict[tuple[str, int], bool] = {}

    def root(self) -> dict[str, Selected]:
        """The fields of the query itself, by response key."""
        executable = self._executable
        root = executable.schema.query_type
        if root is None:
            raise Unplannable("a schema without queries")
        grouped = collect_fields(
            executable.schema,
            executable.fragment_details,
            self._variables,
            root,
            executable.definition,
            executable.hides_suggestions,
        ).grouped_field_set
        return self._selected(root, grouped)

    def below(self, field: Selected, type_: GraphQLObjectType) -> dict[str, Selected]:
        """The fields selected on a type below a field, by response key."""
        place = type_.name, id(field)
        if place not in self._fields:
            executable = self._executable
            grouped = collect_subfields(
                executable.schema,
                executable.fragment_details,
                self._variables,
                executable.definition,
                type_,
                field.details,
                executable.hides_suggestions,
            ).grouped_field_set
            self._fields[place] = self._selected(type_, grouped)
        return self._fields[place]

    def _selected(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> dict[str, Selected]:
        self.field_count += len(grouped)
        if self.field_count > MOST_FIELDS:
            raise Unplannable("too many fields")
        selected = {}
        for key, details in grouped.items():
            definition = self._executable.schema.get_field(type_, details[0].node.name.value)
            if definition is None:
                raise Unplannable("a field that the type has not")
            selected[key] = Selected(key, definition, type_, details, self._executable)
        return selected

    def waits(self, type_: GraphQLOutputType, field: Selected) -> bool:
        """Whether something below a value of that type may have to be awaited."""
        match type_:
            case GraphQLNonNull() | GraphQLList():
                return self.waits(type_.of_type, field)
            case GraphQLInterfaceType() | GraphQLUnionType():
                possible = self._executable.schema.get_possible_types(type_)
                return any(self.waits(each, field) for each in possible)
            case GraphQLObjectType():
                place = type_.name, id(field)
                if place not in self._waiting:
                    below = self.below(field, type_).values()
                    self._waiting[place] = any(self._may_wait(each) for each in below)
                return self._waiting[place]
        return False

    def _may_wait(self, field: Selected) -> bool:
        if is_typename(field):
            return False
        by = self._known.access(field)
        return (isinstance(by, Call) and by.may_wait) or self.waits(field.definition.type, field)

    def is_told_whole(self, type_: GraphQLOutputType, field: Selected) -> bool:
        """Whether a value of that type, when no attribute is UNSET, has all that is selected below
        in itself: it is the same in every run and for whoever may ask."""
        match type_:
            case GraphQLNonNull() | GraphQLList():
                return self.is_told_whole(type_.of_type, field)
            case GraphQLScalarType() | GraphQLEnumType():
                return True
            case GraphQLInterfaceType() | GraphQLUnionType():
                possible = self._executable.schema.get_possible_types(type_)
                return all(self.is_told_whole(each, field) for each in possible)
            case GraphQLObjectType():
                place = type_.name, id(field)
                if place not in self._told:
                    self._told[place] = all(map(self._is_told, self.below(field, type_).values()))
                return self._told[place]
        return False

    def _is_told(self, field: Selected) -> bool:
        if is_typename(field):
            return True
        by = self._known.access(field)
        if isinstance(by, Attribute):
            return self.is_told_whole(field.definition.type, field)
        if by.may_wait:
            return by.told_as is not None and is_nullable_leaf(field.definition.type)
        needs_the_object_alone = not field.definition.args and all(
            kind == "root" for kind, _ in by.parameters
        )
        return needs_the_object_alone and self.is_told_whole(field.definition.type, field)


def is_nullable_leaf(type_: GraphQLOutputType) -> bool:
    """Whether it is a scalar or an enum that may be null."""
    return isinstance(type_, GraphQLScalarType | GraphQLEnumType)


def is_typename(field: Selected) -> bool:
    """Whether it is the name of the type that is asked for."""
    return field.details[0].node.name.value == "__typename"
