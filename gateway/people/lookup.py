"""Finding people over several programs by their e-mail address."""

from collections.abc import Sequence

from adapters.model import Person
from adapters.provider import Reading
from gateway.loaders import EmailKey, Loaders
from gateway.merge import Listing, ask
from gateway.programs import Program


async def people_with_address(
    email: str, programs: Sequence[Program], loaders: Loaders
) -> Listing[Person]:
    """Everyone known by an address, letter case ignored, at most one person a program."""
    address = email.strip()

    async def read(program: Program) -> Reading[tuple[Person, ...]]:
        return await loaders.people_by_email.load(EmailKey(program.key, address))

    return Listing.of(await ask(programs, read))
