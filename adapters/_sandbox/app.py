"""The ASGI application that both sandboxes are."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import msgspec
from starlette.types import Receive, Scope, Send

from adapters._sandbox.exchange import Answer, Call, Exchange, Refused, Request, json_answer
from adapters._sandbox.faults import Fault, Faults
from adapters._sandbox.misbehaving import misbehave
from adapters._sandbox.throttling import Allowance, Throttle

CALLS_KEPT = 100_000
CONTROL = "/_sandbox/"


class Sandbox(ABC):
    """An emulated vendor API. A subclass says what the vendor answers; here is the rest.

    `token` is one that it accepts; `calls` are the requests that arrived, oldest first, at most
    100,000 (the older half is forgotten beyond that); `faults` what shall go wrong; `quirks` the
    documented oddities to show, by the names that the subclass lists;
    `throttle.calls_per_minute` the allowance of each token. A call over it gets no fault.

    People who run a sandbox reach the same over HTTP: `GET`, `POST` (one fault) and `DELETE
    /_sandbox/faults`, `GET` and `DELETE /_sandbox/calls`. These are neither counted nor limited.
    """

    token: str

    def __init__(
        self,
        *,
        calls_per_minute: int | None,
        latency_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self.calls: list[Call] = []
        self.faults = Faults()
        self.quirks: set[str] = set()
        self.throttle = Throttle(calls_per_minute, clock)
        self.latency_seconds = latency_seconds

    @abstractmethod
    def handle(self, request: Request) -> Answer:
        """The vendor's answer, after all effects of a write; may raise `Refused`."""

    @abstractmethod
    def failure(self, status: int) -> Answer:
        """The vendor's error answer for an HTTP status; 200 makes a success that says it failed."""

    def common_headers(self, allowance: Allowance) -> tuple[tuple[str, str], ...]:
        """What the vendor sends with every answer."""
        if allowance.limit is None:
            return ()
        return (
            ("X-RateLimit-Limit", str(allowance.limit)),
            ("X-RateLimit-Remaining", str(allowance.remaining)),
        )

    def count(self, path_suffix: str | None = None, method: str | None = None) -> int:
        """How many calls arrived, of all or of those whose path and method fit."""
        return sum(
            (path_suffix is None or call.path.endswith(path_suffix))
            and (method is None or call.method == method)
            for call in self.calls
        )

    def forget_calls(self) -> None:
        """Starts counting anew."""
        self.calls.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        request = await exchange.read()
        if request is None:
            return
        if request.path.startswith(CONTROL):
            await exchange.respond(self._control(request))
            return
        exchange.call = self._record(request)
        allowance = self.throttle.admit(request.bearer_token)
        exchange.common_headers = self.common_headers(allowance)
        if self.latency_seconds:
            await exchange.pause(self.latency_seconds)
        if not allowance.is_granted:
            retry_after = ("Retry-After", str(allowance.reset_seconds))
            await exchange.respond(Answer(429, self.failure(429).content, (retry_after,)))
            return
        cleared = self.faults.cleared
        fault = self.faults.take(request.method, request.path)
        if fault is None:
            await exchange.respond(self._handled(request))
        else:
            await misbehave(fault, exchange, cleared, lambda: self._handled(request), self.failure)

    def _handled(self, request: Request) -> Answer:
        try:
            return self.handle(request)
        except Refused as refused:
            return refused.answer

    def _record(self, request: Request) -> Call:
        if len(self.calls) >= CALLS_KEPT:
            del self.calls[: CALLS_KEPT // 2]
        headers = {
            name: value for name, value in request.headers.items() if name != "authorization"
        }
        call = Call(request.method, request.path, request.query, headers)
        if request.method != "GET":
            call.body = request.body()
        self.calls.append(call)
        return call

    def _control(self, request: Request) -> Answer:
        match request.method, request.path.removeprefix(CONTROL):
            case "GET", "faults":
                pass
            case "POST", "faults":
                try:
                    self.faults.add(msgspec.json.decode(request.content, type=Fault))
                except msgspec.DecodeError as error:
                    return json_answer(422, {"error": str(error)})
            case "DELETE", "faults":
                self.faults.clear()
            case "GET", "calls":
                return json_answer(200, {"calls": msgspec.to_builtins(self.calls)})
            case "DELETE", "calls":
                self.forget_calls()
                return json_answer(200, {"calls": []})
            case _:
                return json_answer(404, {"error": "Only /_sandbox/faults and /_sandbox/calls."})
        return json_answer(200, {"faults": msgspec.to_builtins(self.faults.rules())})
