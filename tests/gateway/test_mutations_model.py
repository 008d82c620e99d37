"""Random changes of a Pixlpay store through GraphQL, against a model of what they mean.

The model keeps tiers and settings in the schema's words; after each change both must say the
same. Values that the vendor or the contract refuses are in the same draws as good ones: the model
tells at which field of the input.
"""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.gateway.stores import Stores, served_stores
from tests.running import NO_TLS, Gateway, running_gateway

API = "/api/external/v1/referrals"
CURRENCIES = {"store": None, "euro-store": "EUR"}

INCENTIVE = "{ providerType ... on PercentageDiscountIncentive { percent } \
             ... on FixedDiscountIncentive { value { amount currency } } }"
TIER = f"id providerId kind name description position referralsRequired couponValidityDays \
         isActive claimsCount reward {INCENTIVE}"
SETTINGS = f"settings {{ isEnabled completionRule {{ trigger }} referredIncentive {INCENTIVE} \
             welcomeDiscount {{ isEnabled incentive {INCENTIVE} }} }}"
ERRORS = "errors { __typename field }"
STATE = f"query ($key: String!) {{ program(key: $key) {{ \
          id tiers {{ nodes {{ {TIER} }} }} {SETTINGS} }} }}"
CREATE = f"mutation ($id: ID!, $input: TierCreateInput!) {{ \
           done: tierCreate(programId: $id, input: $input) {{ \
           tier {{ {TIER} createdAt }} {ERRORS} }} }}"
UPDATE = f"mutation ($id: ID!, $input: TierUpdateInput!) {{ \
           done: tierUpdate(id: $id, input: $input) {{ tier {{ {TIER} }} {ERRORS} }} }}"
TOGGLE_TWICE = "mutation ($id: ID!) { first: tierToggle(id: $id) { tier { isActive } } \
                second: tierToggle(id: $id) { tier { isActive } } }"
TOGGLE = f"mutation ($id: ID!) {{ done: tierToggle(id: $id) {{ tier {{ {TIER} }} {ERRORS} }} }}"
DELETE = f"mutation ($id: ID!) {{ done: tierDelete(id: $id) {{ \
           deletedTierId deactivatedTier {{ {TIER} }} {ERRORS} }} }}"
CHANGE_SETTINGS = f"mutation ($id: ID!, $input: ProgramSettingsUpdateInput!) {{ \
                    done: programSettingsUpdate(programId: $id, input: $input) {{ \
                    program {{ {SETTINGS} }} {ERRORS} }} }}"

# Up to what a double still holds to the cent, as the emulated vendor counts in doubles.
VALUES = st.one_of(
    st.integers(1, 10**12), st.integers(1, 10_000), st.sampled_from([0, -1, 1, 10, 100])
).map(lambda cents: Decimal(cents).scaleb(-2))
SPELLED = st.builds(
    lambda value, spell: spell(value),
    VALUES,
    st.sampled_from([str, lambda value: f"{value:f}", lambda value: str(value.normalize())]),
)
PERCENT = st.fixed_dictionaries({"percent": SPELLED})
FIXED = st.fixed_dictionaries({"amount": SPELLED})
IN_A_CURRENCY = st.fixed_dictionaries(
    {"amount": SPELLED}, optional={"currency": st.sampled_from(["USD", "GBP"])}
)
REWARDS = PERCENT | st.fixed_dictionaries({"fixed": IN_A_CURRENCY})
WELCOMES = PERCENT | st.fixed_dictionaries({"fixed": FIXED})
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
NAMES = st.one_of(TEXT, TEXT, st.sampled_from(["x" * 255, "x" * 256]))
DESCRIPTIONS = st.one_of(st.none(), TEXT, st.sampled_from(["x" * 1000, "x" * 1001]))
DAYS = st.one_of(st.integers(1, 365), st.sampled_from([1, 365, 0, 366]))
COUNTS = st.one_of(st.integers(1, 2**31 - 1), st.sampled_from([1, 0, -5]))
POSITIONS = st.one_of(st.integers(0, 6), st.integers(-(2**31), 2**31 - 1))
NEW_TIERS = st.fixed_dictionaries(
    {"name": NAMES, "referralsRequired": COUNTS, "reward": REWARDS},
    optional={
        "description": DESCRIPTIONS,
        "couponValidityDays": DAYS | st.none(),
        "isActive": st.none() | st.booleans(),
        "position": st.none() | POSITIONS,
    },
)
TIER_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "description": DESCRIPTIONS,
        "referralsRequired": COUNTS,
        "reward": REWARDS,
        "couponValidityDays": DAYS,
        "isActive": st.booleans(),
        "position": POSITIONS,
    },
)
SETTINGS_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "isEnabled": st.booleans(),
        "completionTrigger": st.sampled_from(["SIGNUP", "FIRST_PURCHASE"]),
        "welcomeDiscount": st.fixed_dictionaries(
            {}, optional={"isEnabled": st.booleans(), "discount": WELCOMES}
        ),
    },
)


def exact(answer: Any) -> Any:
    """An answer with its decimals as numbers: how many zeros trail is the vendor's affair."""
    if isinstance(answer, list):
        return [exact(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        key: Decimal(value) if key in ("percent", "amount") else exact(value)
        for key, value in answer.items()
    }


def value_of(discount: dict[str, Any]) -> tuple[Decimal, list[str]]:
    """What a discount in an input is worth, and where in the input that stands."""
    if "percent" in discount:
        return Decimal(discount["percent"]), ["percent"]
    return Decimal(discount["fixed"]["amount"]), ["fixed", "amount"]


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

    def faults_of_tier(self, given: Any, *, is_new: bool) -> list[list[str]]:
        """The fields at fault: the contract's first, as then nothing is sent."""
        faults = []
        if len(given.get("name", "")) > 255:
            faults.append(["name"])
        if len(given.get("description") or "") > 1000:
            faults.append(["description"])
        days = given.get("couponValidityDays")
        if days is not None and not 1 <= days <= 365:
            faults.append(["couponValidityDays"])
        return faults or self._vendors_faults(given, is_new=is_new)

    def _vendors_faults(self, given: Any, *, is_new: bool) -> list[list[str]]:
        faults = []
        if is_new and not given["name"]:
            faults.append(["name"])
        if given.get("referralsRequired", 1) < 1:
            faults.append(["referralsRequired"])
        if "reward" in given:
            value, path = value_of(given["reward"])
            # The least reward is documented for new tiers alone.
            if value < (Decimal("0.01") if is_new else 0):
                faults.append(["reward", *path])
        return faults

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


class Administration(RuleBasedStateMachine):
    """Somebody changes a store through the gateway, somebody else at times behind its back."""

    tiers: Bundle[str] = Bundle("tiers")

    def __init__(self, gateway: Gateway, stores: Stores, key: str) -> None:
        super().__init__()
        self.gateway = gateway
        self.key = key
        self.sandbox: PixlpaySandbox = stores.pixlpay(key, referrals=120)
        self.vendor = httpx.Client(
            base_url=stores.origin + API,
            headers={"Authorization": f"Bearer {key}"},
            verify=NO_TLS,
            trust_env=False,
        )

    def teardown(self) -> None:
        self.vendor.close()

    @initialize(target=tiers)
    def open(self) -> Any:
        program = self.gateway.data("query ($key: String!) { program(key: $key) { id } }", self.at)
        self.program_id = program["program"]["id"]
        # Changes nothing, and makes the gateway forget the store that was here before.
        self.ask(CHANGE_SETTINGS, self.program_id, {})
        state = self.state()
        self.store = Store(deepcopy(state), CURRENCIES[self.key])
        claimed = [tier["claimsCount"] > 0 for tier in self.store.tiers.values()]
        assert True in claimed
        assert False in claimed
        return multiple(*self.store.tiers)

    @rule(target=tiers, given=NEW_TIERS)
    def create(self, given: Any) -> Any:
        done = self.ask(CREATE, self.program_id, given)
        if self.refused(done, self.store.faults_of_tier(given, is_new=True)):
            return multiple()
        tier = done["tier"]
        assert tier["id"] not in self.store.tiers
        assert tier.pop("createdAt")
        self.store.create(tier["id"], tier["providerId"], given)
        assert tier == self.store.tiers[tier["id"]]
        return tier["id"]

    @rule(id_=tiers, given=TIER_CHANGES, is_disturbed=st.booleans())
    def update(self, id_: str, given: Any, is_disturbed: bool) -> None:
        if is_disturbed and id_ in self.store.tiers:
            self.vendor.post(f"/tiers/{self.store.tiers[id_]['providerId']}/toggle")
            self.store.toggle(id_)
        done = self.ask(UPDATE, id_, given)
        faults = self.store.faults_of_tier(given, is_new=False)
        if self.is_missing(id_, done, faults) or self.refused(done, faults):
            # What was refused unsent leaves the gateway with what it knew before the other's change.
            return self.let_go()
        self.store.update(id_, given)
        assert done["tier"] == self.store.tiers[id_]

    @rule(id_=tiers)
    def toggle(self, id_: str) -> None:
        done = self.ask(TOGGLE, id_)
        if not self.is_missing(id_, done):
            self.store.toggle(id_)
            assert done["tier"] == self.store.tiers[id_]

    @rule(id_=tiers)
    def toggle_twice(self, id_: str) -> None:
        data = self.gateway.data(TOGGLE_TWICE, {"id": id_})
        if id_ in self.store.tiers:
            was_active = self.store.tiers[id_]["isActive"]
            assert data["first"]["tier"]["isActive"] is not was_active
            assert data["second"]["tier"]["isActive"] is was_active

    @rule(id_=tiers)
    def delete(self, id_: str) -> None:
        done = self.ask(DELETE, id_)
        if self.is_missing(id_, done):
            return
        if self.store.tiers[id_]["claimsCount"]:
            self.store.tiers[id_]["isActive"] = False
            assert done["deactivatedTier"] == self.store.tiers[id_]
            assert done["deletedTierId"] is None
        else:
            del self.store.tiers[id_]
            assert done["deactivatedTier"] is None
            assert done["deletedTierId"] == id_

    @rule(given=SETTINGS_CHANGES, is_disturbed=st.booleans())
    def change_settings(self, given: Any, is_disturbed: bool) -> None:
        if is_disturbed:
            present = self.vendor.get("/settings").json()["data"]
            turned = {"referral_enabled": not present["referral_enabled"]}
            self.vendor.put("/settings", json=present | turned)
            self.store.change_settings({"isEnabled": turned["referral_enabled"]})
        done = self.ask(CHANGE_SETTINGS, self.program_id, given)
        faults = []
        if discount := given.get("welcomeDiscount", {}).get("discount"):
            value, path = value_of(discount)
            faults += [["welcomeDiscount", "discount", *path]] if value < 0 else []
        if not self.refused(done, faults):
            self.store.change_settings(given)
            assert done["program"]["settings"] == self.store.settings

    @invariant()
    def the_store_is_what_the_model_says(self) -> None:
        if hasattr(self, "store"):
            state = self.state()
            assert state["tiers"]["nodes"] == self.store.listed
            assert state["settings"] == self.store.settings

    @property
    def at(self) -> dict[str, Any]:
        return {"key": self.key}

    def state(self) -> Any:
        return exact(self.gateway.data(STATE, self.at)["program"])

    def ask(self, mutation: str, id_: str, given: Any = None) -> Any:
        """The payload of a mutation, for which one write at most may be sent."""
        self.sandbox.forget_calls()
        done = self.gateway.data(mutation, {"id": id_, "input": given})["done"]
        self.writes = sum(call.method != "GET" for call in self.sandbox.calls)
        assert self.writes <= 1
        return exact(done)

    def refused(self, done: Any, faults: list[list[str]]) -> bool:
        """Whether a change was refused; as it should be, at the fields at fault."""
        told = [(error["__typename"], error["field"]) for error in done["errors"]]
        assert told == [("InvalidInputError", ["input", *path]) for path in faults]
        if not faults:
            assert self.writes == 1
        return bool(faults)

    def is_missing(self, id_: str, done: Any, faults: list[list[str]] | None = None) -> bool:
        """Whether a change was of a tier that is gone; if so, it must have said it."""
        if id_ in self.store.tiers or faults:
            return False
        assert done["errors"] == [{"__typename": "NotFoundError", "field": ["id"]}]
        return True
