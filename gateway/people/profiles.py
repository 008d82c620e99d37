"""One person, one truth: what an answer did not tell of a person is looked up when asked for.

A person comes out of a referral, a claim or a board with only what that answer told. Whatever
the way, a field has the same value: what is known, else what the provider's profile tells, else
what its top referrers tell; what none of these tells is null.
"""

from typing import Any

from msgspec import UNSET

from adapters.capability import Capability
from adapters.model import Person
from adapters.provider import PersonField, Reading
from gateway.loaders import Loaders, PersonKey
from gateway.programs import Program


async def look_up(person: Person, field: PersonField, program: Program, loaders: Loaders) -> Any:
    """The value of a field that the person at hand does not tell; None when nobody does.

    Raises ProviderError when the place to look cannot be read.
    """
    if field in program.provider.profile:
        profile = (await profile_of(person, loaders)).value
        value = UNSET if profile is None else getattr(profile, field)
        return None if value is UNSET else value
    if program.does(Capability.TOP_REFERRERS) and field is PersonField.REFERRAL_CODE:
        records = (await loaders.top_referrers_by_program.load(program.key)).value
        for record in records:
            if record.person.provider_id == person.provider_id:
                code = record.person.referral_code
                return None if code is UNSET else code
    return None


async def profile_of(person: Person, loaders: Loaders) -> Reading[Person | None]:
    """What the provider's own record of the person says; None when it has none."""
    return await loaders.profile_by_person.load(PersonKey(person.program_key, person.provider_id))
