"""Which Python classes stand behind the types of the schema."""

from collections.abc import Callable
from typing import Any, Literal

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLUnionType,
    Undefined,
)
from graphql.pyutils import is_awaitable

from gateway.caller import Scope
from gateway.execution.fields import Attribute, Call, Selected, Unplannable, access
from gateway.execution.kept_rows import KeptRows
from gateway.execution.leaves import Leaf, Surprise, completing, leaf
from gateway.execution.plan import Complete
from gateway.schema.describing import ToldByClass


class Admitted:
    """The classes whose objects have been found to be fit for a type.

    They are a plain set: to look into one of a class of our own takes three times as long.
    """

    def __init__(self, type_: GraphQLObjectType) -> None:
        self.classes: set[type] = set()
        self._name = type_.name
        self._teller = _teller(type_)
        if type_.is_type_of is not None and self._teller is None:
            raise Unplannable("a type that asks of every object whether it is one")

    def admit(self, thing: object) -> Literal[True]:
        """Note the class of a thing. Raises Surprise when it is no object of the type."""
        if thing is None or thing is Undefined or isinstance(thing, Exception):
            raise Surprise
        if is_awaitable(thing):
            raise Surprise
        if self._teller is not None and self._teller.type_name(type(thing)) != self._name:
            raise Surprise
        self.classes.add(type(thing))
        return True


class Dispatch(dict[type, Callable[..., Any]]):
    """What completes objects of an interface, by their class."""

    def __init__(
        self,
        type_: GraphQLInterfaceType | GraphQLUnionType,
        by_name: dict[str, Callable[..., Any]],
    ) -> None:
        super().__init__()
        teller = _teller(type_)
        if teller is None:
            raise Unplannable("an interface whose types are not told by their class")
        self._teller = teller
        self._by_name = by_name

    def __missing__(self, cls: type) -> Callable[..., Any]:
        name = self._teller.type_name(cls)
        if name not in self._by_name:
            raise Surprise
        return self.setdefault(cls, self._by_name[name])


class Known:
    """What is known of the types and fields of a schema, for callers who may see people or for
    those who may not; its plans for them share it."""

    def __init__(self, kept_rows: KeptRows, *, sees_people: bool) -> None:
        self._sees_people = sees_people
        self._admitted: dict[str, Admitted] = {}
        self._leaves: dict[str, Leaf] = {}
        self._completing: dict[str, Complete] = {}
        self._accesses: dict[tuple[str, str], Attribute | Call] = {}
        self.kept_rows = kept_rows

    def admitted(self, type_: GraphQLObjectType) -> Admitted:
        """The classes behind a type of object. Raises Unplannable."""
        known = self._admitted.get(type_.name)
        if known is None:
            known = self._admitted[type_.name] = Admitted(type_)
        return known

    def leaf(self, type_: GraphQLScalarType | GraphQLEnumType) -> Leaf:
        """How values of a scalar or an enum are checked and written. Raises Unplannable."""
        known = self._leaves.get(type_.name)
        if known is None:
            known = self._leaves[type_.name] = leaf(type_)
        return known

    def completing(
        self, type_: GraphQLOutputType, inner: GraphQLScalarType | GraphQLEnumType
    ) -> Complete:
        """What completes values of a scalar or an enum, which may be non-null."""
        known = self._completing.get(str(type_))
        if known is None:
            known = completing(self.leaf(inner), is_nullable=inner is type_)
            self._completing[str(type_)] = known
        return known

    def access(self, field: Selected) -> Attribute | Call:
        """How a field comes by its value. Raises Unplannable."""
        place = field.parent.name, field.nodes[0].name.value
        known = self._accesses.get(place)
        if known is None:
            known = access(field.definition)
            if isinstance(known, Call) and known.needs is Scope.PEOPLE_READ:
                known = known if self._sees_people else known.withheld()
            self._accesses[place] = known
        return known


def _teller(
    type_: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType,
) -> type[ToldByClass] | None:
    origin = getattr(type_.extensions.get("strawberry-definition"), "origin", None)
    return origin if isinstance(origin, type) and issubclass(origin, ToldByClass) else None
