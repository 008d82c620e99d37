"""A wire that does as it is told, for what wraps one."""

import asyncio
import time
from collections.abc import Mapping

from adapters._http.allowance import Allowance
from adapters._http.budget import Budget
from adapters._http.bulkhead import Bulkhead
from adapters._http.circuit import Circuit
from adapters._http.guarded_wire import GuardedWire
from adapters._http.turnstile import Turnstile
from adapters._http.wire import Answer
from adapters.errors import RateLimited, Unavailable
from adapters.limits import CircuitLimits

OK = Answer(200, {}, b"{}")
FAILING = Answer(503, {}, b"")


class ScriptedWire:
    """Gives the scripted answers or errors one after another, then `OK`; counts its calls."""

    def __init__(self, *script: Answer | Exception) -> None:
        self.script = list(script)
        self.calls: list[tuple[str, str]] = []
        self.in_flight = self.most_in_flight = 0
        self.gate: asyncio.Event | None = None

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        self.calls.append((method, target))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.in_flight -= 1
        outcome = self.script.pop(0) if self.script else OK
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def aclose(self) -> None: ...


def soon(seconds: float = 5.0) -> float:
    """A deadline."""
    return asyncio.get_running_loop().time() + seconds


def over_budget(wait: float) -> RateLimited:
    return RateLimited(
        program_key="p",
        provider_key="shop",
        was_sent=False,
        was_held_back=True,
        retry_after_seconds=round(wait),
    )


def held_back(wait: float = 0.0) -> Unavailable:
    return Unavailable(
        program_key="p", provider_key="shop", was_sent=False, retry_after_seconds=round(wait)
    )


def is_get(method: str, target: str) -> bool:
    return method == "GET"


def guarded(
    inner: ScriptedWire,
    *,
    circuit: Circuit | None = None,
    in_flight: int = 1000,
    queue: int = 1000,
    calls: int = 0,
    window: float = 60.0,
    patience: float = 0.0,
) -> GuardedWire:
    """A wire behind guards that let everything through but for what a test is about."""
    return GuardedWire(
        inner,
        circuit or Circuit(CircuitLimits(), time.monotonic),
        Bulkhead(in_flight=in_flight, queue=queue, refuse=held_back),
        Budget(
            Turnstile(Allowance(calls, window=window), time.monotonic),
            is_safe=is_get,
            refuse=over_budget,
        ),
        patience=patience,
        hold_back=held_back,
    )
