"""What goes wrong with a mutation, as data."""

import strawberry

from gateway.schema.describing import ToldByClass, field
from gateway.schema.enums import Capability
from gateway.schema.sources import ProviderError


@strawberry.interface(
    description=(
        "What went wrong with a mutation. New kinds may appear: `message` is always fit to show."
    )
)
class UserError(ToldByClass):
    message: str = field("For people.")
    field: list[str] | None = field(
        'The path to the argument at fault, such as `["input", "reward", "percent"]`.'
    )


@strawberry.type(description="A value is not acceptable.")
class InvalidInputError(UserError):
    pass


@strawberry.type(description="The thing to change does not exist (any more).")
class NotFoundError(UserError):
    pass


@strawberry.type(description="The program cannot do this, and trying again will not help.")
class UnsupportedOperationError(UserError):
    capability: Capability = field("What the program would need.")


@strawberry.type(description="The provider did not do it.")
class ProviderFailureError(UserError):
    error: ProviderError = field("What the provider said.")
    may_have_taken_effect: bool = field(
        "True when the change may have been made all the same: it was sent, and no "
        "clear answer came."
    )


USER_ERRORS: tuple[type[UserError], ...] = (
    InvalidInputError,
    NotFoundError,
    UnsupportedOperationError,
    ProviderFailureError,
)
