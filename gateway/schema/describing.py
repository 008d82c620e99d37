"""How fields and enums of the schema are declared: each with its description."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.schema_directive import Location

from adapters.provider import PersonField
from gateway.schema.costs import Rule
from gateway.schema.enums import Capability, Scope


class ToldByClass:
    """An interface of the schema, and its types: which one an object of the model is follows from
    its class alone, so that it may be remembered."""

    @classmethod
    def type_name(cls, of: type) -> str | None:
        """The name of the type that stands for objects of a class; the class's own name."""
        return of.__name__

    @classmethod
    def resolve_type(cls, thing: object, *_: object) -> str | None:
        """The name of the type that stands for an object of the model."""
        return cls.type_name(type(thing))

    @classmethod
    def is_type_of(cls, thing: object, _: object) -> bool:
        """Whether the type that inherits this stands for an object of the model."""
        return cls.type_name(type(thing)) == cls.__name__


@strawberry.schema_directive(
    name="capability",
    locations=[Location.FIELD_DEFINITION, Location.INPUT_FIELD_DEFINITION],
    description=(
        "Marks what not every program can do. Where a program lacks the capability, "
        "lists are empty with an `UNSUPPORTED` source, single objects are null, "
        "filters exclude the program, and mutations answer with an "
        "`UnsupportedOperationError`. Ask `Program.capabilities` beforehand."
    ),
)
class Needs:
    """`@capability(needs: …)`: what a program must be able to do for the field to be answered."""

    needs: Capability


@dataclass(frozen=True)
class Price:
    """What a field costs: by its rule, None where nobody said, and by what it has looked up of
    each person that it is asked of."""

    rule: Rule | None
    looks_up: frozenset[PersonField]


@dataclass(frozen=True)
class ToldAs:
    """The attribute that spares asking the resolver, if there is one. From callers without the
    `scope`, if it takes one, the resolver withholds the answer, and at once. `by` takes an object,
    such attributes of its and the context, and gives the object with all of them told, or a Derived
    that gives it; None where it takes more than that."""

    attribute: str | None
    scope: Scope | None
    by: Callable[..., Any] | None


@dataclass(frozen=True)
class RowsOf:
    """The attribute that has the Span of which a list is, None where it is of none."""

    span: str


@strawberry.schema_directive(
    name="scope",
    locations=[
        Location.FIELD_DEFINITION,
        Location.ARGUMENT_DEFINITION,
        Location.INPUT_FIELD_DEFINITION,
    ],
    description=(
        "Marks what a caller needs a scope for beside `referrals:read`. Without "
        "`people:read`, names, e-mail addresses and codes are null, with one `FORBIDDEN` "
        "error for all of them, and looking people up is refused; without "
        "`referrals:write`, a mutation is refused as a whole."
    ),
)
class NeedsScope:
    """`@scope(needs: …)`: what a caller must be allowed to do."""

    needs: Scope


def described(
    description: str, needs: Capability | None = None, scope: Scope | None = None
) -> dict[str, Any]:
    """The description and the directives of what needs a capability of the program, or a scope of
    the caller. The description says so too, as introspection tells of no directive that is applied.
    """
    directives: list[object] = []
    words = []
    if needs:
        directives.append(Needs(needs=needs))
        words.append(f"capability `{needs.name}`")
    if scope:
        directives.append(NeedsScope(needs=scope))
        words.append(f"scope `{scope.value}`")
    if words:
        description = f"{description} Needs {' and '.join(words)}."
    return {"description": description, "directives": directives}


def field(
    description: str,
    *,
    resolver: Callable[..., Any] | None = None,
    needs: Capability | None = None,
    scope: Scope | None = None,
    cost: Rule | None = None,
    looks_up: Iterable[PersonField] = (),
    told_as: str | None = None,
    told_by: Callable[..., Any] | None = None,
    rows_of: str | None = None,
) -> Any:
    """A field of an output type: an attribute of the object behind it, unless it has a resolver.

    One with a resolver says what it costs, and so does a list of objects. `told_as` is an
    attribute that has the resolver's answer already, unless it is UNSET, for callers with the
    scope; `told_by` has several such told at once. `rows_of` is an attribute that tells of which
    page a list is. `scope` tells clients what the resolver asks for.
    """
    told = described(description, needs, scope)
    metadata: dict[Any, object] = {
        Price: Price(cost, frozenset(looks_up)),
        ToldAs: ToldAs(told_as, scope, told_by),
    }
    if rows_of is not None:
        metadata[RowsOf] = RowsOf(rows_of)
    if resolver is None:
        return strawberry.field(metadata=metadata, **told)
    return strawberry.field(resolver, metadata=metadata, **told)


def input_field(
    description: str,
    *,
    optional: bool = False,
    needs: Capability | None = None,
    scope: Scope | None = None,
) -> Any:
    """A field of an input type; an optional one that is left out is `UNSET`."""
    told = described(description, needs, scope)
    if optional:
        return strawberry.field(default=strawberry.UNSET, **told)
    return strawberry.field(**told)
