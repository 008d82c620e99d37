"""The root of every change."""

from dataclasses import dataclass
from dataclasses import field as default
from datetime import UTC, datetime
from typing import Annotated

import strawberry

from adapters import model
from adapters.provider import Reading
from gateway import ids
from gateway.caller import Scope
from gateway.changes import Change, change, find_program, find_tier
from gateway.changes import NotFoundError as NotFoundFault
from gateway.changes import UserError as Fault
from gateway.programs import Program as ProgramObject
from gateway.schema import costs, prices
from gateway.schema.arguments import Info
from gateway.schema.describing import field
from gateway.schema.enums import Capability
from gateway.schema.inputs import (
    ProgramSettingsUpdateInput,
    TierCreateInput,
    TierUpdateInput,
    faults_of_settings,
    faults_of_tier,
    settings_changes,
    tier_changes,
)
from gateway.schema.program import Program
from gateway.schema.tiers import Tier
from gateway.schema.user_errors import UserError


@strawberry.type
class _TierPayload:
    tier: Tier | None = field("The tier as it is now; null when there are errors.")
    provider_message: str | None = field("What the provider said, in its words.")
    errors: list[UserError] = field("What went wrong; empty on success.", cost=costs.items)


@strawberry.type(description="What came of `tierCreate`.")
class TierCreatePayload(_TierPayload):
    tier: Tier | None = field("The new tier; null when there are errors.")


@strawberry.type(description="What came of `tierUpdate`.")
class TierUpdatePayload(_TierPayload):
    pass


@strawberry.type(description="What came of `tierToggle`.")
class TierTogglePayload(_TierPayload):
    tier: Tier | None = field(
        "The tier as it is now; null on errors. Null without errors: done, but the tier could "
        "not be read."
    )


@strawberry.type(description="What came of `tierDelete`.")
class TierDeletePayload:
    deleted_tier_id: strawberry.ID | None = field(
        "The identifier of the removed tier; null when it was switched off instead, or "
        "on errors. This and `deactivatedTier` both null without errors: done, but "
        "what became of the tier could not be read."
    )
    deactivated_tier: Tier | None = field(
        "The tier, switched off because somebody has claimed it; null when it was "
        "removed, or on errors."
    )
    provider_message: str | None = field("What the provider said, in its words.")
    errors: list[UserError] = field("What went wrong; empty on success.", cost=costs.items)


@strawberry.type(description="What came of `programSettingsUpdate`.")
class ProgramSettingsUpdatePayload:
    program: Program | None = field(
        "The program with its new settings; null when there are errors."
    )
    provider_message: str | None = field("What the provider said, in its words.")
    errors: list[UserError] = field("What went wrong; empty on success.", cost=costs.items)


@dataclass(frozen=True)
class TierChange:
    """What came of a change of a tier."""

    tier: model.Tier | None = None
    provider_message: str | None = None
    errors: list[Fault] = default(default_factory=list)


@dataclass(frozen=True)
class TierDeletion:
    """What came of the removal of a tier."""

    deleted_tier_id: str | None = None
    deactivated_tier: model.Tier | None = None
    provider_message: str | None = None
    errors: list[Fault] = default(default_factory=list)


@dataclass(frozen=True)
class SettingsChange:
    """What came of a change of a program's settings."""

    program: ProgramObject | None = None
    provider_message: str | None = None
    errors: list[Fault] = default(default_factory=list)


ProgramId = Annotated[strawberry.ID, strawberry.argument(description="The program to add it to.")]

_NO_PROGRAM = NotFoundFault("There is no such program.", ["programId"])
_NO_TIER = NotFoundFault("There is no such tier.", ["id"])


async def _tier_create(
    info: Info,
    program_id: ProgramId,
    input: Annotated[TierCreateInput, strawberry.argument(description="The tier to add.")],
) -> TierChange:
    program = find_program(info.context.programs, program_id)
    if program is None:
        return TierChange(errors=[_NO_PROGRAM])
    if faults := faults_of_tier(input):
        return TierChange(errors=faults)
    done = await change(
        info.context,
        program,
        "programId",
        lambda: program.provider.create_tier(tier_changes(input)),
    )
    return _tier_change(done)


async def _tier_update(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The tier to change.")],
    input: Annotated[TierUpdateInput, strawberry.argument(description="What to change.")],
) -> TierChange:
    found = find_tier(info.context.programs, id)
    if found is None:
        return TierChange(errors=[_NO_TIER])
    if faults := faults_of_tier(input):
        return TierChange(errors=faults)
    program, tier_id = found
    done = await change(
        info.context,
        program,
        "id",
        lambda: program.provider.update_tier(tier_id, tier_changes(input)),
    )
    return _tier_change(done)


async def _tier_toggle(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The tier to turn on or off.")],
) -> TierChange:
    found = find_tier(info.context.programs, id)
    if found is None:
        return TierChange(errors=[_NO_TIER])
    program, tier_id = found
    done = await change(info.context, program, "id", lambda: program.provider.toggle_tier(tier_id))
    return _tier_change(done)


def _tier_change(done: Change[model.Tier | None]) -> TierChange:
    if done.outcome is None:
        return TierChange(errors=done.errors)
    return TierChange(done.outcome.value, done.outcome.message)


async def _tier_delete(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The tier to remove.")],
) -> TierDeletion:
    found = find_tier(info.context.programs, id)
    if found is None:
        return TierDeletion(errors=[_NO_TIER])
    program, tier_id = found
    done = await change(info.context, program, "id", lambda: program.provider.delete_tier(tier_id))
    if done.outcome is None:
        return TierDeletion(errors=done.errors)
    removal = done.outcome.value
    return TierDeletion(
        deleted_tier_id=ids.encode(ids.Kind.TIER, program.key, tier_id)
        if removal.is_gone
        else None,
        deactivated_tier=removal.deactivated,
        provider_message=done.outcome.message,
    )


async def _program_settings_update(
    info: Info,
    program_id: Annotated[
        strawberry.ID,
        strawberry.argument(description="The program to change."),
    ],
    input: Annotated[
        ProgramSettingsUpdateInput,
        strawberry.argument(description="What to change."),
    ],
) -> SettingsChange:
    program = find_program(info.context.programs, program_id)
    if program is None:
        return SettingsChange(errors=[_NO_PROGRAM])
    if faults := faults_of_settings(input):
        return SettingsChange(errors=faults)
    done = await change(
        info.context,
        program,
        "programId",
        lambda: program.provider.update_settings(settings_changes(input)),
    )
    if done.outcome is None:
        return SettingsChange(errors=done.errors)
    if done.outcome.value is not None:
        # They have just been told: showing them costs no call.
        told = Reading(done.outcome.value, datetime.now(UTC))
        info.context.loaders.settings_by_program.prime(program.key, told)
    return SettingsChange(program, done.outcome.message)


@strawberry.type(
    description=(
        "Changes in the programs. What goes wrong is told in the `errors` of the "
        "payload; one mutation after another, in the order written."
    )
)
class Mutation:
    tier_create: TierCreatePayload | None = field(
        "Adds a tier to a program.",
        resolver=_tier_create,
        cost=prices.change,
        needs=Capability.TIERS_WRITE,
        scope=Scope.REFERRALS_WRITE,
    )
    tier_update: TierUpdatePayload | None = field(
        "Changes the given fields of a tier and leaves the others. Safe to repeat.",
        resolver=_tier_update,
        cost=prices.change,
        needs=Capability.TIERS_WRITE,
        scope=Scope.REFERRALS_WRITE,
    )
    tier_toggle: TierTogglePayload | None = field(
        (
            "Turns an active tier off and an inactive one on. Repeating it undoes it, so "
            "it is never tried twice on its own; to reach a known state use `tierUpdate` "
            "with `isActive`."
        ),
        resolver=_tier_toggle,
        cost=prices.change,
        needs=Capability.TIERS_WRITE,
        scope=Scope.REFERRALS_WRITE,
    )
    tier_delete: TierDeletePayload | None = field(
        "Removes a tier. A tier that somebody has claimed is switched off instead.",
        resolver=_tier_delete,
        cost=prices.change,
        needs=Capability.TIERS_WRITE,
        scope=Scope.REFERRALS_WRITE,
    )
    program_settings_update: ProgramSettingsUpdatePayload | None = field(
        "Changes the given settings of a program and leaves the others. Safe to repeat.",
        resolver=_program_settings_update,
        cost=prices.change,
        needs=Capability.SETTINGS_WRITE,
        scope=Scope.REFERRALS_WRITE,
    )
