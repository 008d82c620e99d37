"""Changes in the programs: what goes wrong becomes data, in the words of the caller's input."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from adapters.capability import Capability
from adapters.errors import (
    Failure,
    InvalidInput,
    NotFound,
    ProviderError,
    RateLimited,
    Unsupported,
)
from adapters.provider import Outcome
from gateway import ids
from gateway.context import Context
from gateway.errors import GatewayError
from gateway.programs import Program, Programs

T = TypeVar("T")


@dataclass(frozen=True)
class UserError:
    """What went wrong; `field` is the path to the argument at fault."""

    message: str
    field: list[str] | None = None


@dataclass(frozen=True)
class InvalidInputError(UserError):
    """A value is not acceptable."""


@dataclass(frozen=True)
class NotFoundError(UserError):
    """The thing to change does not exist (any more)."""


@dataclass(frozen=True, kw_only=True)
class UnsupportedOperationError(UserError):
    """The program cannot do this, and trying again will not help."""

    capability: Capability


@dataclass(frozen=True, kw_only=True)
class ProviderFailureError(UserError):
    """The provider did not do it, or nobody knows whether it did."""

    error: Failure
    may_have_taken_effect: bool


@dataclass(frozen=True)
class Change(Generic[T]):
    """What came of a change: its outcome, or the errors."""

    outcome: Outcome[T] | None
    errors: list[UserError] = field(default_factory=list)


def find_program(programs: Programs, text: str) -> Program | None:
    """The program that an id names; None when it names none that the caller sees."""
    kind, key, _ = _decoded(text)
    return programs.get(key) if kind is ids.Kind.PROGRAM else None


def find_tier(programs: Programs, text: str) -> tuple[Program, str] | None:
    """The program and the provider's identifier of the tier that an id names."""
    kind, key, local = _decoded(text)
    program = programs.get(key) if kind is ids.Kind.TIER else None
    return (program, local) if program else None


def _decoded(text: str) -> tuple[ids.Kind | None, str, str]:
    try:
        return ids.decode(text)
    except GatewayError:
        return None, "", ""


async def change(
    context: Context,
    program: Program,
    named: str,
    write: Callable[[], Awaitable[Outcome[T]]],
) -> Change[T]:
    """Make a change and tell what came of it. Whatever may have taken effect makes the context
    forget what it knows of the program.

    `named` is the argument that names what is changed.
    """
    try:
        outcome = await write()
    except Unsupported as error:
        return Change(None, [UnsupportedOperationError(str(error), capability=error.capability)])
    except ProviderError as error:
        # A clear no changed nothing, and what is known of the program still holds.
        # A 429 asks to send it again, which a kept answer would forbid.
        context.has_sent_changes |= error.was_sent and not isinstance(error, RateLimited)
        if error.is_news:
            context.changed(program)
        return Change(None, _told(error, named))
    except BaseException:
        # Given up, or a mistake of ours: nobody knows what was sent before.
        context.changed(program)
        raise
    context.changed(program)
    return Change(outcome)


def _told(error: ProviderError, named: str) -> list[UserError]:
    if isinstance(error, NotFound):
        return [NotFoundError(error.message, [named])]
    if isinstance(error, InvalidInput) and error.field_errors:
        return [
            InvalidInputError(message, ["input", *path])
            for path, messages in error.field_errors.items()
            for message in messages
        ]
    if isinstance(error, InvalidInput):
        return [InvalidInputError(error.message, ["input"])]
    unclear = error.may_have_taken_effect
    message = error.message
    if unclear:
        message += " Whether the change was made is not known: look before you try again."
    return [ProviderFailureError(message, error=error.report, may_have_taken_effect=unclear)]
