"""How fields and enums of the schema are declared: each with its description."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.schema_directive import Location

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


def field(
    description: str,
    *,
    resolver: Callable[..., Any] | None = None,
    needs: Capability | None = None,
) -> Any:
    """A field of an output type: an attribute of the object behind it, unless it has a resolver."""
    directives = [Needs(needs=needs)] if needs else []
    if resolver is None:
        return strawberry.field(description=description, directives=directives)
    return strawberry.field(resolver, description=description, directives=directives)


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
