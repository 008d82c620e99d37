"""What Pixlpay answers: routes, scopes, errors and oddities."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from adapters._sandbox.app import Sandbox
from adapters._sandbox.exchange import Answer, Refused, Request
from adapters._sandbox.routing import Routes
from adapters._sandbox.throttling import Allowance
from adapters.pixlpay.sandbox.answers import (
    answer,
    failure,
    forbidden,
    invalid,
    limit_in,
    object_in,
    page_of,
    plain,
    success,
)
from adapters.pixlpay.sandbox.customers import customer
from adapters.pixlpay.sandbox.data import PixlpayData, timestamp
from adapters.pixlpay.sandbox.rewards import Rewards, Tier
from adapters.pixlpay.sandbox.validation import (
    SETTINGS_RULES,
    TIER_REQUIRED,
    TIER_RULES,
    TIER_UPDATE_RULES,
    Rule,
    errors_in,
)

BASE = "/api/external/v1"
NOW = datetime(2025, 1, 20, 10, 0, tzinfo=UTC)
READ, WRITE, CUSTOMERS = "referrals:read", "referrals:write", "customers:read"
SETTINGS: Mapping[str, Any] = {
    "referral_enabled": True,
    "referral_reward_event": "first_purchase",
    "referral_welcome_discount_enabled": True,
    "referral_welcome_discount_type": "percentage",
    "referral_welcome_discount_value": 10,
}
# What a field goes back to when a write leaves it out: the cautious reading of FACTS X22.
SETTINGS_RESET: Mapping[str, Any] = {
    "referral_enabled": False,
    "referral_reward_event": "signup",
    "referral_welcome_discount_enabled": False,
    "referral_welcome_discount_type": "fixed",
    "referral_welcome_discount_value": 0,
}
TIMESTAMP_END = re.compile(rb'(T\d\d:\d\d:\d\d)Z"')


class PixlpaySandbox(Sandbox):
    """Emulates what `pixlpay-referrals` of the vendor and FACTS sections 1b, 2, 3 and 5 tell.

    `tokens` maps each token to its scopes and may be added to; `customers_shape` is which of the
    two documented shapes customers have. The leaderboard counts successful referrals (FACTS X11).
    What is used first of claims, statistics and tiers looks at every referral once.

    `quirks`, each a documented oddity:

    - `micro_timestamps`: timestamps end in `.000000Z` (X23)
    - `missing_first_order_at`: pending referrals lack the field rather than have null (X16)
    - `numbers_as_strings`: numbers of statistics and settings come as text (X1)
    """

    def __init__(
        self,
        *,
        token: str = "sandbox-pixlpay-token",
        scopes: Iterable[str] = (READ, WRITE, CUSTOMERS),
        referrals: int = 180,
        calls_per_minute: int | None = 60,
        latency_seconds: float = 0.0,
        customers_shape: Literal["guide", "api"] = "guide",
        clock: Callable[[], float] = time.monotonic,
        now: datetime = NOW,
    ) -> None:
        super().__init__(
            calls_per_minute=calls_per_minute, latency_seconds=latency_seconds, clock=clock
        )
        self.token = token
        self.tokens: dict[str, frozenset[str]] = {token: frozenset(scopes)}
        self.customers_shape = customers_shape
        self._now = timestamp(now)
        self._data = PixlpayData(referrals, now)
        self._rewards = Rewards(self._data)
        self._settings = dict(SETTINGS)
        self._routes = Routes[tuple[Callable[..., Answer], str]]()
        for method, path, handler, scope in (
            ("GET", "/referrals", self._referrals, READ),
            ("GET", "/referrals/statistics", self._statistics, READ),
            ("GET", "/referrals/leaderboard", self._leaderboard, READ),
            ("GET", "/referrals/top-referrers", self._top_referrers, READ),
            ("POST", "/referrals/validate", self._validate, READ),
            ("GET", "/referrals/tiers", self._tiers, READ),
            ("POST", "/referrals/tiers", self._create_tier, WRITE),
            ("PUT", "/referrals/tiers/{}", self._update_tier, WRITE),
            ("DELETE", "/referrals/tiers/{}", self._delete_tier, WRITE),
            ("POST", "/referrals/tiers/{}/toggle", self._toggle_tier, WRITE),
            ("GET", "/referrals/settings", self._get_settings, READ),
            ("PUT", "/referrals/settings", self._put_settings, WRITE),
            ("GET", "/referrals/claims", self._claims, READ),
            ("GET", "/customers", self._customers, CUSTOMERS),
            ("GET", "/customers/{}", self._customer, CUSTOMERS),
        ):
            self._routes.add(method, BASE + path, (handler, scope))

    def referral_keys(self) -> list[str]:
        """The ids of all referrals as text, in the order of the list."""
        tree = self._data.tree
        return [str(tree.joined(row) + 1) for row in range(tree.referrals)]

    def handle(self, request: Request) -> Answer:
        route = self._routes.find(request.method, request.path)
        if route is None:
            return failure(404)
        (handler, scope), arguments = route
        scopes = self.tokens.get(request.bearer_token)
        if scopes is None:
            return failure(401)
        if scope not in scopes:
            return forbidden(scope)
        good = handler(request, *arguments)
        if "micro_timestamps" in self.quirks:
            content = TIMESTAMP_END.sub(rb'\1.000000Z"', good.content)
            return msgspec.structs.replace(good, content=content)
        return good

    def failure(self, status: int) -> Answer:
        return forbidden(WRITE) if status == 403 else failure(status)

    def common_headers(self, allowance: Allowance) -> tuple[tuple[str, str], ...]:
        headers = super().common_headers(allowance)
        if not headers:
            return ()
        return (*headers, ("X-RateLimit-Reset", str(int(time.time()) + allowance.reset_seconds)))

    def _referrals(self, request: Request) -> Answer:
        status = request.query.get("status")
        if status not in (None, "successful", "pending"):
            raise invalid({"status": ["The selected status is invalid."]})
        rows = self._data.rows(status, request.query.get("search", "").strip())
        return page_of(request, len(rows), lambda index: self._referral(rows[index]))

    def _referral(self, row: int) -> dict[str, Any]:
        referral = self._data.referral(row)
        if "missing_first_order_at" in self.quirks and referral["first_order_at"] is None:
            return {key: value for key, value in referral.items() if key != "first_order_at"}
        return referral

    def _statistics(self, _: Request) -> Answer:
        total = self._data.tree.referrals
        successful = len(self._data.rows("successful", ""))
        statistics = {
            "total_referrals": total,
            "successful_referrals": successful,
            "conversion_rate": Decimal(100 * successful) / max(1, total),
            "rewards_claimed": len(self._rewards.claims),
            "total_coupons_value": self._rewards.used_value(),
        }
        return success(self._with_numbers(statistics))

    def _leaderboard(self, request: Request) -> Answer:
        entries = []
        for rank, successes in self._data.best(limit_in(request)):
            referrer = self._data.referrer(self._data.tree.person_at(rank))
            entry = {"id": referrer["id"], "name": referrer["name"], "referral_count": successes}
            entries.append(entry)
        return success(entries)

    def _top_referrers(self, request: Request) -> Answer:
        entries = []
        for rank, successes in self._data.best(limit_in(request)):
            counts = {
                "total_referrals": len(self._data.tree.rows_by(rank)),
                "successful_referrals": successes,
                "rewards_claimed": self._rewards.claims_by_rank[rank],
            }
            entries.append(self._data.referrer(self._data.tree.person_at(rank)) | counts)
        return success(entries)

    def _validate(self, request: Request) -> Answer:
        code = object_in(request).get("code")
        if not isinstance(code, str) or not code:
            raise invalid({"code": ["The code field is required."]})
        number = self._data.find_by_code(code)
        if number is None:
            return success({"valid": False, "error": "Invalid referral code"})
        name, _ = self._data.who(number)
        return success({"valid": True, "referrer": {"id": number + 1, "name": name}})

    def _tiers(self, _: Request) -> Answer:
        tiers = sorted(self._rewards.tiers.values(), key=lambda tier: (tier.sort_order, tier.id))
        counts = self._rewards.claims_by_tier
        return success([tier.row() | {"claims_count": counts[tier.id]} for tier in tiers])

    def _create_tier(self, request: Request) -> Answer:
        values = self._tier_values(request, TIER_RULES, TIER_REQUIRED)
        values.setdefault("description", None)
        tier = Tier(id=self._rewards.next_id(), **values)
        self._rewards.tiers[tier.id] = tier
        row = tier.row() | {"created_at": self._now, "updated_at": self._now}
        return success(row, "Referral tier created successfully", status=201)

    def _update_tier(self, request: Request, tier_id: str) -> Answer:
        tier = self._tier(tier_id)
        values = self._tier_values(request, TIER_UPDATE_RULES)
        tier = self._rewards.tiers[tier.id] = msgspec.structs.replace(tier, **values)
        return success(tier.row(), "Referral tier updated successfully")

    def _delete_tier(self, _: Request, tier_id: str) -> Answer:
        tier = self._tier(tier_id)
        if self._rewards.claims_by_tier[tier.id]:
            tier.is_active = False
            message = "Referral tier has been deactivated (has existing claims)"
        else:
            del self._rewards.tiers[tier.id]
            message = "Referral tier deleted successfully"
        return answer({"success": True, "message": message})

    def _toggle_tier(self, _: Request, tier_id: str) -> Answer:
        tier = self._tier(tier_id)
        tier.is_active = not tier.is_active
        part = {
            "id": tier.id,
            "name": tier.name,
            "is_active": tier.is_active,
            "formatted_reward": tier.formatted_reward,
        }
        return success(part, "Tier activated" if tier.is_active else "Tier deactivated")

    def _get_settings(self, _: Request) -> Answer:
        return success(self._with_numbers(self._settings))

    def _put_settings(self, request: Request) -> Answer:
        body = object_in(request)
        if errors := errors_in(body, SETTINGS_RULES):
            raise invalid(errors)
        self._settings = {key: body.get(key, value) for key, value in SETTINGS_RESET.items()}
        message = "Referral settings updated successfully"
        return success(self._with_numbers(self._settings), message)

    def _claims(self, request: Request) -> Answer:
        return page_of(request, len(self._rewards.claims), self._rewards.claim)

    def _customers(self, request: Request) -> Answer:
        search, email = request.query.get("search", "").strip(), request.query.get("email")
        numbers = self._data.customers(search, email)
        shape = self.customers_shape
        return page_of(
            request, len(numbers), lambda index: customer(self._data, numbers[index], shape)
        )

    def _customer(self, _: Request, customer_id: str) -> Answer:
        if not customer_id.isdecimal() or not 0 < int(customer_id) <= self._data.tree.people:
            raise Refused(failure(404))
        number = int(customer_id) - 1
        return success(customer(self._data, number, self.customers_shape, is_single=True))

    def _tier(self, tier_id: str) -> Tier:
        tier = self._rewards.tiers.get(int(tier_id)) if tier_id.isdecimal() else None
        if tier is None:
            raise Refused(failure(404, "Referral tier not found"))
        return tier

    @staticmethod
    def _tier_values(
        request: Request, rules: Mapping[str, Rule], required: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        body = object_in(request)
        if errors := errors_in(body, rules, required):
            raise invalid(errors)
        values = {key: value for key, value in body.items() if key in rules}
        if "reward_value" in values:
            values["reward_value"] = Decimal(str(values["reward_value"]))
        return values

    def _with_numbers(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values, with numbers as text when the quirk is on."""
        if "numbers_as_strings" not in self.quirks:
            return dict(values)
        return {
            key: value if isinstance(value, bool | str) else plain(value)
            for key, value in values.items()
        }
