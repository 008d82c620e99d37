"""How fields and enums of the schema are declared: each with its description."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.schema_directive import Location

from adapters.provider import PersonField
from gateway.schema.costs import Rule
from gateway.schema.enums import Capability


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


def field(
    description: str,
    *,
    resolver: Callable[..., Any] | None = None,
    needs: Capability | None = None,
    cost: Rule | None = None,
    looks_up: Iterable[PersonField] = (),
) -> Any:
    """A field of an output type: an attribute of the object behind it, unless it has a resolver.

    One with a resolver says what it costs, and so does a list of objects.
    """
    directives = [Needs(needs=needs)] if needs else []
    price = {Price: Price(cost, frozenset(looks_up))}
    if resolver is None:
        return strawberry.field(description=description, directives=directives, metadata=price)
    return strawberry.field(
        resolver, description=description, directives=directives, metadata=price
    )


def input_field(
    description: str, *, optional: bool = False, needs: Capability | None = None
) -> Any:
    """A field of an input type; an optional one that is left out is `UNSET`."""
    directives = [Needs(needs=needs)] if needs else []
    if optional:
        return strawberry.field(
            description=description, directives=directives, default=strawberry.UNSET
        )
    return strawberry.field(description=description, directives=directives)
