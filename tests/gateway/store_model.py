"""A store at Pixlpay as a model: what changes mean for it, in the schema's words."""

from decimal import Decimal
from typing import Any


def value_of(discount: dict[str, Any]) -> tuple[Decimal, list[str]]:
    """What a discount in an input is worth, and where in the input that stands."""
    if "percent" in discount:
        return Decimal(discount["percent"]), ["percent"]
    return Decimal(discount["fixed"]["amount"]), ["fixed", "amount"]


def discount_faults(discount: dict[str, Any] | None, *path: str) -> list[list[str]]:
    """The field of a discount that the contract refuses, which stands there in an input."""
    if discount is None:
        return []
    value, rest = value_of(discount)
    return [[*path, *rest]] if value < Decimal("0.01") else []


class Store:
    """The model: what a store holds, in the schema's words."""

    def __init__(self, state: Any, currency: str | None) -> None:
        self.tiers: dict[str, Any] = {tier["id"]: tier for tier in state["tiers"]["nodes"]}
        self.settings: Any = state["settings"]
        self._currency = currency
        # A currency outlives the time in which the reward is a percentage.
        self._last_currency: dict[str, str | None] = {
            tier["id"]: tier["reward"].get("value", {}).get("currency")
            for tier in self.tiers.values()
        }

    @staticmethod
    def unsent_faults(given: Any) -> list[list[str]]:
        """The fields of a tier's input that the contract refuses."""
        days = given.get("couponValidityDays")
        is_wrong = {
            "name": len(given.get("name", "")) > 255,
            "description": len(given.get("description") or "") > 1000,
            "couponValidityDays": days is not None and not 1 <= days <= 365,
        }
        faults = [[field] for field, wrong in is_wrong.items() if wrong]
        return faults + discount_faults(given.get("reward"), "reward")

    @staticmethod
    def vendors_faults(given: Any, *, is_new: bool) -> list[list[str]]:
        """The fields of a tier's input that the vendor refuses."""
        faults = []
        if is_new and not given["name"]:
            faults.append(["name"])
        if given.get("referralsRequired", 1) < 1:
            faults.append(["referralsRequired"])
        return faults

    @staticmethod
    def faults_of_settings(given: Any) -> list[list[str]]:
        """The fields of a settings' input that the contract refuses."""
        discount = given.get("welcomeDiscount", {}).get("discount")
        return discount_faults(discount, "welcomeDiscount", "discount")

    def create(self, id_: str, provider_id: str, given: Any) -> None:
        """A tier was added."""
        self._last_currency[id_] = None
        self.tiers[id_] = {
            "id": id_,
            "providerId": provider_id,
            "kind": "REFERRAL_REWARD",
            "description": None,
            "couponValidityDays": 30,
            "isActive": True,
            "position": 0,
            "claimsCount": 0,
        }
        self.update(id_, {key: value for key, value in given.items() if value is not None})

    def update(self, id_: str, given: Any) -> None:
        """Fields of a tier were changed."""
        tier = self.tiers[id_]
        tier |= {key: value for key, value in given.items() if key != "reward"}
        tier["description"] = tier["description"] or None
        if "reward" in given:
            value, _ = value_of(given["reward"])
            told = given["reward"].get("fixed", {}).get("currency") or self._currency
            if "fixed" in given["reward"]:
                self._last_currency[id_] = told or self._last_currency[id_]
            tier["reward"] = self._incentive(
                given["reward"], value, self._last_currency[id_], "_discount"
            )

    def toggle(self, id_: str) -> None:
        """A tier was turned on or off."""
        self.tiers[id_]["isActive"] = not self.tiers[id_]["isActive"]

    def change_settings(self, given: Any) -> None:
        """Settings were changed."""
        welcome = self.settings["welcomeDiscount"]
        if "isEnabled" in given:
            self.settings["isEnabled"] = given["isEnabled"]
        if "completionTrigger" in given:
            self.settings["completionRule"] = {"trigger": given["completionTrigger"]}
        changes = given.get("welcomeDiscount", {})
        welcome["isEnabled"] = changes.get("isEnabled", welcome["isEnabled"])
        if "discount" in changes:
            value, _ = value_of(changes["discount"])
            welcome["incentive"] = self._incentive(changes["discount"], value, self._currency, "")
        self.settings["referredIncentive"] = welcome["incentive"] if welcome["isEnabled"] else None

    @staticmethod
    def _incentive(given: Any, value: Decimal, currency: str | None, suffix: str) -> Any:
        if "percent" in given:
            return {"providerType": f"percentage{suffix}", "percent": value}
        money = {"amount": value, "currency": currency}
        return {"providerType": f"fixed{suffix}", "value": money}

    @property
    def listed(self) -> list[Any]:
        """The tiers as the schema lists them."""
        return sorted(
            self.tiers.values(), key=lambda tier: (tier["position"], int(tier["providerId"]))
        )
