"""Pixlpay's customers, which take a scope that many a token lacks."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from msgspec.structs import replace

from adapters._http.client import RestClient
from adapters._http.clock import Clock
from adapters.errors import Forbidden, ProviderError
from adapters.model import Person
from adapters.pixlpay.mapping import people
from adapters.provider import Profiles, Reading

T = TypeVar("T")

PAGE_SIZE = 100

# For how long a refusal is taken as said of all customers.
REFUSED_SECONDS = 300.0

_ID = re.compile(r"[0-9]{1,19}")

_Profile = Reading[Person | None] | ProviderError


class Customers:
    """The customers of one program.

    Scopes change seldom: once a token was refused, nothing is asked for a while, and as long as
    it was never let in, one customer is asked for before the others are.
    """

    def __init__(self, client: RestClient, program_key: str, clock: Clock) -> None:
        self._client = client
        self._program_key = program_key
        self._clock = clock
        self._was_let_in = False
        self._refusal: Forbidden | None = None
        self._refused_until = float("-inf")

    async def by_ids(self, ids: Sequence[str]) -> Profiles:
        """The customers with these identifiers, a call each (FACTS 0.6); None for nobody, left
        out what is no identifier."""
        wanted = [id_ for id_ in ids if _ID.fullmatch(id_)]
        told: list[_Profile] = []
        if wanted and not self._was_let_in:
            told.append(await self._single(wanted[0]))
        told += await asyncio.gather(*map(self._single, wanted[len(told) :]))
        return dict(zip(wanted, told, strict=True))

    async def with_address(self, email: str) -> Reading[tuple[Person, ...]]:
        """Those whom a search for an address finds: it matches parts, over fields that the vendor
        does not specify (FACTS 0.6)."""
        reading = await self._let_in(
            lambda: self._client.get(
                f"/customers?search={quote(email, safe='')}&page=1&per_page={PAGE_SIZE}",
                partial(
                    people.customer_page,
                    program_key=self._program_key,
                    page=1,
                    per_page=PAGE_SIZE,
                ),
            )
        )
        # A page of a hundred is enough for whole addresses, not for every part of one.
        found = reading.map(lambda page: page.items)
        return replace(found, is_complete=not reading.value.has_next)

    async def _single(self, id_: str) -> _Profile:
        try:
            return await self._let_in(
                lambda: self._client.get_or_none(
                    f"/customers/{id_}", partial(people.customer, program_key=self._program_key)
                )
            )
        except ProviderError as error:
            return error

    async def _let_in(self, read: Callable[[], Awaitable[T]]) -> T:
        """Read, unless the token was refused lately: then raise what was said."""
        if self._refusal is not None and self._clock.monotonic() < self._refused_until:
            raise self._refusal.with_traceback(None)
        try:
            value = await read()
        except Forbidden as refusal:
            self._was_let_in = False
            self._refusal = refusal
            self._refused_until = self._clock.monotonic() + REFUSED_SECONDS
            raise
        self._was_let_in = True
        return value
