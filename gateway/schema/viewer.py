"""Whoever asks."""

import strawberry
from strawberry import Parent

from gateway.caller import Caller
from gateway.schema import costs
from gateway.schema.arguments import Info
from gateway.schema.describing import field
from gateway.schema.enums import Scope


def _name(root: Parent[Caller]) -> str | None:
    return root.own_name


def _scopes(root: Parent[Caller]) -> list[Scope]:
    return [scope for scope in Scope if root.may(scope)]


@strawberry.type(
    description=(
        "Whoever asks, as the gateway knows them by their key or token: what a page needs to "
        "know of them to offer what they may do. Costs no upstream call. The programs that are "
        "there for them are `Query.programs`."
    )
)
class Viewer:
    name: str | None = field(
        "What the configuration calls the key, or the subject of the token; null where the gateway "
        "asks nobody who they are.",
        resolver=_name,
        cost=costs.single,
    )
    scopes: list[Scope] = field(
        "What they may do, in the order of the enum: everything where the gateway asks nobody who "
        "they are.",
        resolver=_scopes,
        cost=costs.single,
    )


def viewer(info: Info) -> Caller:
    """Whoever asks this request."""
    return info.context.caller
