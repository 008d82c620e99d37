"""The REST API of Bramble, emulated."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from adapters._sandbox.app import Sandbox
from adapters._sandbox.exchange import Answer, Refused, Request, json_answer
from adapters._sandbox.people import person, spread
from adapters._sandbox.routing import Routes
from adapters._sandbox.tree import ReferralTree

NEWEST = 1_735_689_600  # 2025-01-01T00:00:00Z
HOUR = 3600
CREDIT_CENTS = 1250
PROGRAM = {
    "active": True,
    "completes_on": "first_order",
    "most_referrals": 25,
    "advocate_reward": {"kind": "amount_off", "cents": CREDIT_CENTS, "currency": "EUR"},
    "friend_reward": {"kind": "percent_off", "basis_points": 1000},
}
TYPES = {400: "invalid_parameter", 401: "token_expired", 429: "over_quota"}


class BrambleSandbox(Sandbox):
    """A Bramble account with `referrals` referrals, newest first."""

    def __init__(
        self,
        *,
        referrals: int = 200,
        calls_per_minute: int | None = 120,
        latency_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            calls_per_minute=calls_per_minute, latency_seconds=latency_seconds, clock=clock
        )
        self.token = "sandbox-bramble-token"
        self._tree = ReferralTree(referrals)
        self._routes = Routes[Callable[[Request], Answer]]()
        for path, handler in (
            ("/v1/program", lambda _: json_answer(200, {"program": PROGRAM})),
            ("/v1/referrals", self._referrals),
            ("/v1/members", self._members),
            ("/v1/summary", self._summary),
        ):
            self._routes.add("GET", path, handler)

    def handle(self, request: Request) -> Answer:
        if request.bearer_token != self.token:
            return self.failure(401)
        route = self._routes.find(request.method, request.path)
        return self.failure(404) if route is None else route[0](request)

    def failure(self, status: int) -> Answer:
        error = {"type": TYPES.get(status, "failed"), "message": "Bramble cannot do this."}
        return json_answer(status, {"error": error})

    def _referrals(self, request: Request) -> Answer:
        state = request.query.get("state")
        rows: Sequence[int] = range(self._tree.referrals)
        if state is not None:
            rows = [row for row in rows if _state(row) == state]
        limit = self._number(request.query.get("limit", "20"), most=50)
        cursor = request.query.get("cursor")
        if cursor is not None:
            last = self._number(cursor.removeprefix("after_"), most=10**9)
            rows = [row for row in rows if row > last]
        shown = rows[:limit]
        next_cursor = f"after_{shown[-1]}" if len(rows) > limit else None
        items = [self._referral(row) for row in shown]
        return json_answer(200, {"items": items, "next_cursor": next_cursor})

    def _referral(self, row: int) -> dict[str, Any]:
        made_at = NEWEST - row * HOUR
        return {
            "id": f"ref_{row}",
            "state": _state(row),
            "made_at": made_at,
            "ordered_at": made_at + HOUR if _state(row) == "rewarded" else None,
            "advocate": _mention(self._tree.referrer(row)),
            "friend": _mention(self._tree.joined(row)),
        }

    def _members(self, request: Request) -> Answer:
        ids = request.query.get("ids", "").split(",")
        if len(ids) > 50:
            raise Refused(self.failure(400))
        numbers = [int(id_[4:], 16) for id_ in ids if set(id_[4:]) <= set("0123456789abcdef")]
        return json_answer(200, {"members": [_member(n) for n in numbers if n < self._tree.people]})

    def _summary(self, _: Request) -> Answer:
        states = [_state(row) for row in range(self._tree.referrals)]
        counts = {state: states.count(state) for state in ("open", "rewarded", "void")}
        used = {"cents": CREDIT_CENTS * counts["rewarded"], "currency": "EUR"}
        return json_answer(200, {"summary": {"states": counts, "credit_used": used}})

    def _number(self, value: str, *, most: int) -> int:
        if not value.isascii() or not value.isdecimal() or int(value) > most:
            raise Refused(self.failure(400))
        return int(value)


def _state(row: int) -> str:
    return ("rewarded", "rewarded", "open", "void")[spread(row, 3) % 4]


def _mention(number: int) -> dict[str, Any]:
    return {"id": f"mem_{number:x}", "email": person(number).email}


def _member(number: int) -> dict[str, Any]:
    somebody = person(number)
    return {
        **_mention(number),
        "name": f"{somebody.first_name} {somebody.last_name}",
        "code": f"{somebody.first_name.upper()}{number}",
    }
