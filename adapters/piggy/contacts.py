"""Reading many contacts in few calls, at a vendor that has no bulk read by identifiers.

One contact is one call; the list of all contacts gives a hundred a call (FACTS 1a). Which of the
two is cheaper depends on how many there are in all, which the list itself tells.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Iterable, Sequence
from functools import partial

from adapters._http.client import RestClient
from adapters.errors import ProviderError
from adapters.model import Person
from adapters.piggy import mapping
from adapters.provider import Profiles, Reading

PAGE_SIZE = 100

# Before the list was ever read nobody knows how long it is. With so many people wanted, finding
# out costs at most five calls in a hundred.
WORTH_A_LOOK = 20

# Identifiers are opaque (P7) and come back from clients. Words among the routes below `contacts/`
# hold no digit, and one of them, `find-or-create`, is a GET that writes.
_ID = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{1,100}")

_Profile = Reading[Person | None] | ProviderError

log = logging.getLogger("referral_gateway.piggy")


class Contacts:
    """The contacts of one program."""

    def __init__(self, client: RestClient, program_key: str) -> None:
        self._client = client
        self._program_key = program_key
        self._pages: int | None = None
        self._is_list_of_use = True

    async def by_ids(self, ids: Iterable[str]) -> Profiles:
        """The contacts with these identifiers; None for nobody, left out what is no identifier."""
        wanted = [id_ for id_ in ids if _ID.fullmatch(id_)]
        listed = await self._listed(wanted)
        rest = [id_ for id_ in wanted if id_ not in listed]
        singles = await asyncio.gather(*map(self._single, rest))
        return listed | dict(zip(rest, singles, strict=True))

    def at_hand(self, id_: str) -> Reading[Person | None] | None:
        """A contact that was read by itself, and lately."""
        return self._client.at_hand(_target(id_)) if _ID.fullmatch(id_) else None

    def one(self, target: str) -> Awaitable[Reading[Person | None]]:
        """A contact by its address below the API, or None where Piggy says that there is none."""
        return self._client.get_or_none(
            target, partial(mapping.person, program_key=self._program_key)
        )

    async def _single(self, id_: str) -> _Profile:
        try:
            return await self.one(_target(id_))
        except ProviderError as error:
            return error

    async def _listed(self, wanted: Sequence[str]) -> dict[str, _Profile]:
        """As many of the contacts as the list tells in fewer calls than one each."""
        missing = set(wanted)
        found: dict[str, _Profile] = {}
        worth = WORTH_A_LOOK if self._pages is None else self._pages + 1
        if not self._is_list_of_use or len(missing) < worth:
            return found
        page = 1
        while missing and (self._pages is None or self._pages - page + 1 < len(missing)):
            try:
                reading = await self._client.get(
                    f"/contacts?limit={PAGE_SIZE}&page={page}",
                    partial(mapping.contact_page, program_key=self._program_key),
                )
            except ProviderError:
                log.warning("the contacts of %s cannot be listed", self._program_key)
                return found
            contacts = reading.value
            if contacts.is_bare:
                log.warning("the list of contacts of %s tells no names", self._program_key)
                self._is_list_of_use = False
                return found
            for person in contacts.people:
                if person.provider_id in missing:
                    missing.discard(person.provider_id)
                    found[person.provider_id] = _one_of(reading, person)
            self._pages = contacts.pages
            page += 1
            if page > self._pages:
                break
        return found


def _target(id_: str) -> str:
    return f"/contacts/{id_}"


def _one_of(page: Reading[mapping.ContactPage], person: Person | None) -> Reading[Person | None]:
    return page.map(lambda _: person)
