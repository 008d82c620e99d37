"""What Piggy answers: routes, sign-in, errors and oddities."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from adapters._sandbox.app import Sandbox
from adapters._sandbox.exchange import Answer, Refused, Request, json_answer
from adapters._sandbox.routing import Routes
from adapters._sandbox.throttling import Allowance
from adapters.piggy.sandbox.data import CANARY, PROMOTIONS, SETTINGS, SHOPS, TIERS, PiggyData

BASE = "/api/v3/oauth/clients"
NOW = datetime(2025, 1, 20, 10, 0, tzinfo=UTC)
VENDOR_PAGE_UUID = "d1fd45ac-0993-46c1-9ae7-334bcd9b0ad7"
MESSAGES = {
    1000: "Internal error.",
    1003: "Invalid input.",
    1008: "Shop not found.",
    7011: "No access to account.",
    55031: "Contact not found.",
    80002: "Promotion not found.",
}


class PiggySandbox(Sandbox):
    """Emulates what `piggy-referrals` of the vendor and FACTS sections 1a, 2, 3 and 5 tell.

    Signs in with `token` (a personal access token) or with tokens from `POST /oauth/token` for
    `client_id` and `client_secret`, which end `token_lifetime_seconds` later by `clock`.

    `quirks`, each a documented oddity of the list of referrals:

    - `duplicate_contact_key`: the third row has `referring_contact` twice (P4)
    - `shared_uuid`: every row has the same uuid, as on the vendor page (P5)
    - `meta_object`: `meta` is `{}` rather than `[]` (P8)
    - `meta_total`: `meta` has the full form, with a total (section 5, shape ii)
    - `null_contacts`: every other row lacks one contact or both (section 8)
    """

    canary = CANARY

    def __init__(
        self,
        *,
        token: str = "sandbox-piggy-token",
        client_id: str = "sandbox-client",
        client_secret: str = "sandbox-secret",
        referrals: int = 240,
        calls_per_minute: int | None = 300,
        latency_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        now: datetime = NOW,
    ) -> None:
        super().__init__(
            calls_per_minute=calls_per_minute, latency_seconds=latency_seconds, clock=clock
        )
        self.token = token
        self.token_lifetime_seconds = 3600
        self._client = (client_id, client_secret)
        self._issued: dict[str, float] = {}
        self._clock = clock
        self._data = PiggyData(referrals, now)
        self._routes = Routes[Callable[..., Answer]]()
        for path, handler in (
            ("/referrals", self._referrals),
            ("/referrals/settings", lambda _: _single(SETTINGS)),
            ("/tiers", lambda _: json_answer(200, {"data": TIERS, "meta": []})),
            ("/contacts", self._contacts),
            ("/contacts/find-one-by", self._contact_by_email),
            ("/contacts/{}", self._contact),
            ("/contacts/{}/tier", self._contact_tier),
            ("/contacts/{}/credit-balance", self._credit_balance),
            ("/promotions/{}", lambda _, uuid: _found(PROMOTIONS, uuid, 80002)),
            ("/shops", lambda _: json_answer(200, {"data": SHOPS, "meta": []})),
            ("/shops/{}", lambda _, uuid: _found(SHOPS, uuid, 1008)),
        ):
            self._routes.add("GET", BASE + path, handler)

    def referral_keys(self) -> list[str]:
        """The uuids of all referrals, in the order of the list."""
        return [self._data.referral_uuid(row) for row in range(self._data.tree.referrals)]

    def handle(self, request: Request) -> Answer:
        if (request.method, request.path) == ("POST", "/oauth/token"):
            return self._issue_token(request)
        route = self._routes.find(request.method, request.path)
        if route is None:
            return self.failure(404)
        if not self._is_signed_in(request.bearer_token):
            return self.failure(401)
        handler, arguments = route
        return handler(request, *arguments)

    def failure(self, status: int) -> Answer:
        match status:
            case 401:
                description = "The access token is invalid or has expired."
                return _oauth_error(401, "invalid_token", description)
            case 200 | 500:
                return _error(1000, status)
            case 403:
                return _error(7011, status)
            case 404:
                return json_answer(404, {"message": "Not Found."})
            case 429:
                return json_answer(429, {"message": "Too Many Attempts."})
            case 503:
                return json_answer(503, {"message": "Service Unavailable"})
            case _:
                return _error(1003, status)

    def common_headers(self, allowance: Allowance) -> tuple[tuple[str, str], ...]:
        return (("X-Powered-By", "PHP/7.4.33"), *super().common_headers(allowance))

    def _is_signed_in(self, token: str) -> bool:
        return token == self.token or self._issued.get(token, -1.0) > self._clock()

    def _issue_token(self, request: Request) -> Answer:
        form = request.body()
        if not isinstance(form, dict) or form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "The grant type is not supported.")
        if (str(form.get("client_id")), form.get("client_secret")) != self._client:
            return _oauth_error(401, "invalid_client", "Client authentication failed")
        seed = f"{self._client}{len(self._issued)}"
        token = hashlib.sha256(seed.encode()).hexdigest()
        self._issued[token] = self._clock() + self.token_lifetime_seconds
        value = {
            "token_type": "Bearer",
            "expires_in": self.token_lifetime_seconds,
            "access_token": token,
        }
        return json_answer(200, value)

    def _referrals(self, request: Request) -> Answer:
        status = request.query.get("status")
        if status not in (None, "pending", "completed", "failed"):
            raise Refused(_error(1003, field="status"))
        rows = self._data.rows(request.query.get("referring_contact_uuid"), status)
        page, limit = _paging(request)
        first = (page - 1) * limit
        items = [self._referral(row) for row in rows[first : first + limit]]
        meta: Any = []
        if "meta_object" in self.quirks:
            meta = {}
        if "meta_total" in self.quirks:
            meta = _meta(page, limit, len(rows))
        return json_answer(200, {"data": items, "meta": meta})

    def _referral(self, row: int) -> Any:
        referral = self._data.referral(row)
        if "shared_uuid" in self.quirks:
            referral = referral | {"uuid": VENDOR_PAGE_UUID}
        if "null_contacts" in self.quirks:
            if row % 4 in (1, 2):
                referral = referral | {"referring_contact": None}
            if row % 4 in (2, 3):
                referral = referral | {"referred_contact": None}
        if "duplicate_contact_key" in self.quirks and row == 2:
            text = orjson.dumps(referral).replace(b'"referred_contact"', b'"referring_contact"')
            return orjson.Fragment(text)
        return referral

    def _contacts(self, request: Request) -> Answer:
        page, limit = _paging(request)
        first, total = (page - 1) * limit, self._data.contact_count
        positions = range(total)[first : first + limit]
        items = [self._data.contact(self._data.contact_at(position)) for position in positions]
        # Recorded with the limit as text (FACTS section 5, shape ii).
        meta = _meta(page, limit, total) | {"limit": str(limit)}
        return json_answer(200, {"data": items, "meta": meta})

    def _contact_by_email(self, request: Request) -> Answer:
        email = request.query.get("email")
        if not email:
            raise Refused(_error(1003, field="email"))
        return _single(self._data.contact(_known(self._data.find_by_email(email))))

    def _contact(self, _: Request, uuid: str) -> Answer:
        return _single(self._data.contact(_known(self._data.find(uuid))))

    def _contact_tier(self, _: Request, uuid: str) -> Answer:
        return _single(self._data.tier_of(_known(self._data.find(uuid))))

    def _credit_balance(self, _: Request, uuid: str) -> Answer:
        return _single({"balance": self._data.credit_balance(_known(self._data.find(uuid)))})


def _single(value: Any) -> Answer:
    return json_answer(200, {"data": value, "meta": {}})


def _found(things: Sequence[Mapping[str, Any]], uuid: str, code: int) -> Answer:
    for thing in things:
        if thing["uuid"] == uuid:
            return _single(thing)
    raise Refused(_error(code))


def _known(contact: int | None) -> int:
    if contact is None:
        raise Refused(_error(55031))
    return contact


def _paging(request: Request) -> tuple[int, int]:
    """Page and limit, or the refusal of values out of range."""
    numbers = []
    for name, default, most in (("page", "1", 10**9), ("limit", "30", 100)):
        text = request.query.get(name, default)
        if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= most:
            raise Refused(_error(1003, field=name))
        numbers.append(int(text))
    return numbers[0], numbers[1]


def _meta(page: int, limit: int, total: int) -> dict[str, Any]:
    first = (page - 1) * limit
    return {
        "page": page,
        "limit": limit,
        "viewing_from": min(first + 1, total),
        "viewing_to": min(first + limit, total),
        "last_page": max(1, -(-total // limit)),
        "total": total,
    }


def _error(code: int, status: int = 400, *, field: str | None = None) -> Answer:
    """An error as documented: HTTP status 400 whatever the matter, told apart by `code`."""
    value: dict[str, Any] = {"message": MESSAGES[code], "code": code, "status_code": 400}
    if field is not None:
        value["errors"] = {field: [f"The {field} is invalid."]}
    return json_answer(status, value)


def _oauth_error(status: int, error: str, description: str) -> Answer:
    value = {"error": error, "error_description": description, "message": description}
    return json_answer(status, value)
