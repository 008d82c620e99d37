"""Objects that can be fetched again by their identifier."""

from typing import Any

import strawberry
from strawberry import Parent

from adapters import model
from gateway import ids
from gateway.programs import Program as ProgramObject
from gateway.schema import costs
from gateway.schema.arguments import Info
from gateway.schema.describing import ToldByClass, field

_TYPE_NAMES = {ProgramObject: "Program", model.Tier: "Tier", model.Person: "Person"}


def program_of(root: Parent[Any], info: Info) -> ProgramObject:
    """The program that a thing of the model belongs to."""
    return info.context.programs[root.program_key]


def _id(root: Parent[Any]) -> str:
    if isinstance(root, ProgramObject):
        return ids.encode(ids.Kind.PROGRAM, root.key)
    kind = ids.Kind.PERSON if isinstance(root, model.Person) else ids.Kind.TIER
    return ids.encode(kind, root.program_key, root.provider_id)


@strawberry.interface(
    description="Something with a globally unique identifier that it can be fetched again by."
)
class Node(ToldByClass):
    id: strawberry.ID = field(
        "Opaque and stable. Never take it apart; what is inside may change.",
        resolver=_id,
        cost=costs.single,
    )

    @classmethod
    def type_name(cls, of: type) -> str | None:
        return _TYPE_NAMES.get(of)
