"""Both vendors' APIs by httpx, in the words of the schema."""

import os
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

STATUSES = {
    "pending": "PENDING",
    "in_progress": "PENDING",
    "completed": "COMPLETED",
    "successful": "COMPLETED",
    "failed": "FAILED",
}
TRIGGERS = {
    "loyalty_transaction": "LOYALTY_TRANSACTIONS",
    "signup": "SIGNUP",
    "first_purchase": "FIRST_PURCHASE",
}


@dataclass
class Person:
    provider_id: str
    email: str | None
    name: str | None = None
    referral_code: str | None = None
    loyalty_points: int | None = None


@dataclass
class Referral:
    provider_id: str
    status: str
    referred_at: str | None
    referrer: Person | None
    referred: Person | None


@dataclass
class Settings:
    is_enabled: bool | None
    trigger: str
    transactions_required: int | None
    referrer_incentive: str | None
    referred_incentive: str | None


@dataclass
class Tier:
    provider_id: str
    name: str
    position: int
    referrals_required: int | None
    reward: str | None


class Shop(Protocol):
    """A program."""

    key: str
    name: str
    vendor: tuple[str, str]

    async def referrals(self, status: str | None) -> list[Referral]: ...
    async def settings(self) -> Settings: ...
    async def tiers(self) -> list[Tier]: ...
    async def profile(self, id_: str) -> Person: ...


class _Api:
    """One vendor's API. A client of httpx's own making, shared by all requests."""

    def __init__(self, prefix: str, token_variable: str) -> None:
        self._prefix = prefix
        self._http = httpx.AsyncClient(
            base_url=os.environ["UPSTREAM"],
            headers={"Authorization": f"Bearer {os.environ[token_variable]}"},
        )

    async def read(self, path: str, **query: str | int) -> Any:
        response = await self._http.get(self._prefix + path, params=query)
        return response.raise_for_status().json()["data"]


class Piggy:
    """The program at Piggy."""

    key, name, vendor = "coral-avenue", "Coral Avenue", ("piggy", "Piggy")

    def __init__(self) -> None:
        self._api = _Api("/api/v3/oauth/clients", "BENCH_PIGGY_TOKEN")

    async def referrals(self, status: str | None) -> list[Referral]:
        narrowed = {"status": status.lower()} if status else {}
        rows = await self._api.read("/referrals", limit=100, page=1, **narrowed)
        return [
            Referral(
                provider_id=row["uuid"],
                status=STATUSES.get(row["status"], "UNKNOWN"),
                referred_at=None,
                referrer=self._contact(row["referring_contact"]),
                referred=self._contact(row["referred_contact"]),
            )
            for row in rows
        ]

    def _contact(self, contact: Any) -> Person | None:
        return Person(contact["uuid"], contact["email"]) if contact else None

    async def settings(self) -> Settings:
        data = await self._api.read("/referrals/settings")
        event = data["completion_event"]
        return Settings(
            is_enabled=None,
            trigger=TRIGGERS[event["type"]],
            transactions_required=event["data"]["number_of_transactions"],
            referrer_incentive=self._incentive(data["referring_contact_incentive"]),
            referred_incentive=self._incentive(data["referred_contact_incentive"]),
        )

    def _incentive(self, told: Any) -> str | None:
        if not told:
            return None
        if told["type"] == "voucher":
            return str(told["data"]["promotion"]["name"])
        return f"{told['data']['points']} points"

    async def tiers(self) -> list[Tier]:
        rows = await self._api.read("/tiers")
        tiers = [
            Tier(row["uuid"], row["name"], row["position"], None, None)
            for row in rows
            if row["name"]
        ]
        return sorted(tiers, key=lambda tier: tier.position)

    async def profile(self, id_: str) -> Person:
        data = await self._api.read(f"/contacts/{id_}")
        values, balance = data["current_values"], data["credit_balance"]
        return Person(
            provider_id=id_,
            email=data["email"],
            name=" ".join(filter(None, (values["firstname"], values["lastname"]))) or None,
            referral_code=values["referral_code"],
            loyalty_points=balance["balance"] if balance else None,
        )


class Pixlpay:
    """The program at Pixlpay."""

    key, name, vendor = "block-haven", "Block Haven", ("pixlpay", "Pixlpay")

    def __init__(self) -> None:
        self._api = _Api("/api/external/v1", "BENCH_PIXLPAY_TOKEN")

    async def referrals(self, status: str | None) -> list[Referral]:
        narrowed = {"status": status.lower()} if status else {}
        rows = await self._api.read("/referrals", page=1, per_page=100, **narrowed)
        return [
            Referral(
                provider_id=str(row["id"]),
                status=STATUSES.get(row["status"], "UNKNOWN"),
                referred_at=row["referred_at"],
                referrer=self._customer(row["referrer"]),
                referred=self._customer(row),
            )
            for row in rows
        ]

    def _customer(self, row: Any) -> Person | None:
        if not row:
            return None
        return Person(str(row["id"]), row["email"], row["name"], row.get("referral_code"))

    async def settings(self) -> Settings:
        data = await self._api.read("/referrals/settings")
        value = data["referral_welcome_discount_value"]
        sign = "%" if data["referral_welcome_discount_type"] == "percentage" else ""
        return Settings(
            is_enabled=data["referral_enabled"],
            trigger=TRIGGERS[data["referral_reward_event"]],
            transactions_required=None,
            referrer_incentive=None,
            referred_incentive=f"{value}{sign} off"
            if data["referral_welcome_discount_enabled"]
            else None,
        )

    async def tiers(self) -> list[Tier]:
        rows = await self._api.read("/referrals/tiers")
        tiers = [
            Tier(
                provider_id=str(row["id"]),
                name=row["name"],
                position=row["sort_order"],
                referrals_required=row["referrals_required"],
                reward=row["formatted_reward"],
            )
            for row in rows
        ]
        return sorted(tiers, key=lambda tier: tier.position)

    async def profile(self, id_: str) -> Person:
        data = await self._api.read(f"/customers/{id_}")
        return Person(str(data["id"]), data["email"], data["name"], data.get("referral_code"))

    async def statistics(self) -> dict[str, Any]:
        data: dict[str, Any] = await self._api.read("/referrals/statistics")
        return data


PIXLPAY = Pixlpay()
SHOPS: dict[str, Shop] = {"coral-avenue": Piggy(), "block-haven": PIXLPAY}
