"""One person, one truth: what an answer did not tell of a person is looked up when asked for.

A person comes out of a referral, a claim or a board with only what that answer told. Whatever
the way, a field has the same value: what is known, else what the provider's profile tells, else
what its top referrers tell; what none of these tells is null.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from adapters.capability import Capability
from adapters.model import Person, ReferrerRecord
from adapters.provider import PersonField, Reading
from gateway.loaders import Derived, Loaders, PersonKey, derived
from gateway.programs import Program


def look_up(person: Person, field: PersonField, program: Program, loaders: Loaders) -> Any:
    """The value of a field that the person at hand does not tell, or what to await for it; None
    when there is nowhere to look, or when nobody tells.

    An awaitable raises ProviderError when the place to look cannot be read.
    """
    if field in program.provider.profile:
        key = PersonKey(person.program_key, person.provider_id)
        return derived(loaders.profile_by_person.shared(key), _TELLING[field])
    if program.does(Capability.TOP_REFERRERS) and field is PersonField.REFERRAL_CODE:
        board = loaders.top_referrers_by_program.shared(person.program_key)
        return derived(board, partial(_code_on_board, person.provider_id))
    return None


def completed(
    person: Person, fields: Collection[PersonField], program: Program, loaders: Loaders
) -> Person | Derived[Person] | None:
    """The person with these fields told as `look_up` tells each, None for what nobody tells; or
    what to await for it. None where it takes more than one place to look."""
    missing = [field for field in fields if getattr(person, field) is UNSET]
    if not missing:
        return person
    if program.provider.profile.issuperset(missing):
        key = PersonKey(person.program_key, person.provider_id)
        profile = loaders.profile_by_person.shared(key)
        return derived(profile, partial(_with_profile, person, missing))
    if len(missing) > 1:
        return None
    value = look_up(person, missing[0], program, loaders)
    if type(value) is not Derived:
        return replace(person, **{missing[0]: value})
    return Derived(value.future, lambda read: replace(person, **{missing[0]: value.derive(read)}))


def _with_profile(
    person: Person, missing: Sequence[PersonField], profile: Reading[Person | None]
) -> Person:
    return replace(person, **{field: _TELLING[field](profile) for field in missing})


def _code_on_board(id_: str, board: Reading[tuple[ReferrerRecord, ...]]) -> str | None:
    for record in board.value:
        if record.person.provider_id == id_:
            code = record.person.referral_code
            return None if code is UNSET else code
    return None


def _telling(field: PersonField) -> Callable[[Reading[Person | None]], Any]:
    """What gives a field's value out of a profile."""

    def told(profile: Reading[Person | None]) -> Any:
        value = getattr(profile.value, field, UNSET)
        return None if value is UNSET else value

    return told


_TELLING = {field: _telling(field) for field in PersonField}


async def profile_of(person: Person, loaders: Loaders) -> Reading[Person | None]:
    """What the provider's own record of the person says; None when it has none."""
    return await loaders.profile_by_person.load(PersonKey(person.program_key, person.provider_id))
