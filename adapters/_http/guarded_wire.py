"""Lets a call go out when nothing speaks against it, and heeds what comes of it."""

import asyncio
from collections.abc import Callable, Mapping

from adapters._http.budget import Budget
from adapters._http.bulkhead import Bulkhead
from adapters._http.circuit import Circuit
from adapters._http.wire import Answer, Wire
from adapters.errors import ProviderError
from adapters.trace import CALL


class GuardedWire:
    """A wire behind a circuit, a bulkhead and a budget, in this order: what the circuit holds back
    takes no place, and what waits for a place takes no allowance.

    The circuit is cut in front of the queues, and told of outcomes behind them, where it is known
    how long a call really had: `patience` seconds are enough for a provider. `hold_back` makes the
    error of a call that the circuit holds back, from the seconds to wait.
    """

    def __init__(
        self,
        wire: Wire,
        circuit: Circuit,
        bulkhead: Bulkhead,
        budget: Budget,
        *,
        patience: float,
        hold_back: Callable[[float], ProviderError],
    ) -> None:
        self._wire = wire
        self._circuit = circuit
        self._bulkhead = bulkhead
        self._budget = budget
        self._patience = patience
        self._hold_back = hold_back

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        wait = self._circuit.admit()
        if wait is not None:
            raise self._hold_back(wait)
        if not self._bulkhead.enter():
            await self._bulkhead.wait(deadline)
        try:
            if not self._budget.spend():
                await self._budget.wait(method, target, deadline)
            if (call := CALL.get()) is not None:
                call.sent()
            time_given = deadline - asyncio.get_running_loop().time()
            try:
                answer = await self._wire.send(method, target, headers, body, deadline)
            except Exception as failure:
                self._circuit.broke(failure, had_its_time=time_given >= self._patience)
                raise
            self._circuit.answered(answer)
            telling = self._budget.learn(answer)
            if telling is not None:
                await telling
            return answer
        finally:
            self._bulkhead.leave()

    async def aclose(self) -> None:
        self._budget.close()
        await self._wire.aclose()
