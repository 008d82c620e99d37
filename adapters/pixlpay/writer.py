"""Pixlpay's endpoints that change something.

Each write is sent once. What it did to tiers is read back from the list: answers of writes are
partial (X3 to X6), and a removal tells its outcome in prose alone.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, TypeVar

from msgspec.structs import replace

from adapters._http.client import RestClient
from adapters._http.provider import RestProvider
from adapters.demand import current_demand
from adapters.errors import FieldErrors, InvalidInput, NotFound, ProviderError, TimedOut
from adapters.model import ProgramSettings, SettingsChanges, Tier, TierChanges
from adapters.pixlpay import writes
from adapters.pixlpay.envelope import Envelope
from adapters.pixlpay.mapping import settings, tiers
from adapters.places import Places
from adapters.provider import Outcome, ProgramConfig, TierRemoval
from adapters.store import Keep

E = TypeVar("E", bound=Envelope)

TIERS = "/referrals/tiers"
SETTINGS = "/referrals/settings"


class PixlpayWriter(RestProvider):
    """The part of the provider that writes."""

    def __init__(self, config: ProgramConfig, client: RestClient) -> None:
        super().__init__(config, client)
        self._settings_turn = Places(1)

    async def create_tier(self, changes: TierChanges) -> Outcome[Tier | None]:
        body = writes.tier_body(changes, self.config.currency)
        answer = await self._send(
            "POST", TIERS, body, writes.decode_tier, partial(writes.tier_faults, changes=changes)
        )
        return await self._written(answer)

    async def update_tier(self, tier_id: str, changes: TierChanges) -> Outcome[Tier | None]:
        body = writes.tier_body(changes, self.config.currency)
        answer = await self._send(
            "PUT",
            self._tier(tier_id),
            body,
            writes.decode_tier,
            partial(writes.tier_faults, changes=changes),
        )
        return await self._written(answer)

    async def _written(self, answer: writes.TierAnswer) -> Outcome[Tier | None]:
        """The tier as the list has it now, with what only the write tells (X4); as the write
        tells it where the list cannot be read."""
        told = tiers.tier(answer.data, self.config.key, self.config.currency)
        listed = await self._listed(told.provider_id)
        if isinstance(listed, Tier):
            told = replace(listed, created_at=told.created_at, updated_at=told.updated_at)
        return Outcome(told, writes.message_of(answer))

    async def toggle_tier(self, tier_id: str) -> Outcome[Tier | None]:
        target = f"{self._tier(tier_id)}/toggle"
        answer = await self._send("POST", target, None, writes.decode_toggle)
        listed = await self._listed(tier_id)
        return Outcome(listed if isinstance(listed, Tier) else None, writes.message_of(answer))

    async def delete_tier(self, tier_id: str) -> Outcome[TierRemoval]:
        answer = await self._send("DELETE", self._tier(tier_id), None, writes.decode_message)
        listed = await self._listed(tier_id)
        removal = TierRemoval(
            is_gone=listed is None,
            # Still there and still on is neither, whatever the vendor said.
            deactivated=listed if isinstance(listed, Tier) and not listed.is_active else None,
        )
        return Outcome(removal, writes.message_of(answer))

    async def update_settings(self, changes: SettingsChanges) -> Outcome[ProgramSettings | None]:
        if faults := writes.unsayable(changes):
            self._refuse(InvalidInput, field_errors=faults)
        # One at a time: what is merged into what was read before another PUT undoes that one.
        if not self._settings_turn.take():
            try:
                await self._settings_turn.wait(current_demand().deadline)
            except TimeoutError:
                self._refuse(TimedOut, was_held_back=True)
        try:
            return await self._change_settings(changes)
        finally:
            self._settings_turn.free()

    async def _change_settings(self, changes: SettingsChanges) -> Outcome[ProgramSettings | None]:
        try:
            # Read now, past any cache: an older one would undo another administrator's change.
            present = await self._client.get(SETTINGS, writes.decode_settings, keep=Keep.NEVER)
        except ProviderError as error:
            error.was_sent = False
            raise
        answer = await self._send(
            "PUT",
            SETTINGS,
            writes.settings_body(changes, present.value.data),
            writes.decode_settings,
            partial(writes.settings_faults, changes=changes),
        )
        return Outcome(
            settings.settings_of(answer.data, self.config.currency), writes.message_of(answer)
        )

    async def _send(
        self,
        method: str,
        target: str,
        body: Any,
        decode: Callable[[bytes], E],
        translate: Callable[[FieldErrors], FieldErrors] | None = None,
    ) -> E:
        try:
            return await self._client.write(method, target, body, decode)
        except InvalidInput as error:
            if translate:
                error.field_errors = translate(error.field_errors)
            raise

    async def _listed(self, tier_id: str) -> Tier | ProviderError | None:
        """A tier in the list as it is now; None when it is not in there."""
        try:
            tiers = (await self.tiers()).value
        except ProviderError as error:
            return error
        return next((tier for tier in tiers if tier.provider_id == tier_id), None)

    def _tier(self, tier_id: str) -> str:
        if not (tier_id.isascii() and tier_id.isdecimal()):
            self._refuse(NotFound)
        return f"{TIERS}/{tier_id}"

    def _refuse(self, kind: type[ProviderError], **about: Any) -> NoReturn:
        """Fail without a call."""
        raise kind(
            program_key=self.config.key, provider_key=self.config.provider, was_sent=False, **about
        )
