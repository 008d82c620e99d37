"""Holds calls back from a provider that is failing anyway."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

import httpx

from adapters._http.wire import Answer, Wire
from adapters.errors import ProviderError
from adapters.limits import CircuitLimits


class Circuit:
    """Whether calls go through. Time is that of a monotonic clock, in seconds."""

    def __init__(self, limits: CircuitLimits, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._failures_in_a_row = 0
        self._probe_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self._probe_at is not None

    def admit(self) -> float | None:
        """None lets a call through, the only one for a while when the circuit is open; else the
        seconds until the next probe."""
        if self._probe_at is None:
            return None
        wait = self._probe_at - self._monotonic()
        if wait > 0:
            return wait
        self._probe_at = self._monotonic() + self._limits.probe
        return None

    def succeeded(self) -> None:
        """A call was answered; one is enough to close the circuit."""
        if self._probe_at is not None:
            self._probe_at = None
            self._outcomes.clear()
        self._failures_in_a_row = 0
        self._note(has_failed=False)

    def failed(self) -> None:
        """A call came to nothing on the provider's side."""
        self._failures_in_a_row += 1
        self._note(has_failed=True)
        failures = sum(has_failed for _, has_failed in self._outcomes)
        enough = len(self._outcomes) >= self._limits.calls
        if self._failures_in_a_row >= self._limits.in_a_row or (
            enough and failures >= self._limits.share * len(self._outcomes)
        ):
            self._probe_at = self._monotonic() + self._limits.probe

    def _note(self, *, has_failed: bool) -> None:
        now = self._monotonic()
        self._outcomes.append((now, has_failed))
        while self._outcomes[0][0] <= now - self._limits.window:
            self._outcomes.popleft()


class CircuitWire:
    """A wire that a circuit can cut. `refuse` makes the error of a call that is held back, from
    the seconds to wait."""

    def __init__(
        self, wire: Wire, circuit: Circuit, refuse: Callable[[float], ProviderError]
    ) -> None:
        self._wire = wire
        self._circuit = circuit
        self._refuse = refuse

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
            raise self._refuse(wait)
        return await self._wire.send(method, target, headers, body, deadline)

    async def aclose(self) -> None:
        await self._wire.aclose()


class WatchedWire:
    """Tells a circuit what comes of the calls that do go out, next to the network.

    The deadline tells against the provider only when the call had `patience` seconds until then:
    one that waited long for its turn, or that a hurried request made, says nothing of it.
    """

    def __init__(self, wire: Wire, circuit: Circuit, patience: float) -> None:
        self._wire = wire
        self._circuit = circuit
        self._patience = patience

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        time_given = deadline - asyncio.get_running_loop().time()
        try:
            answer = await self._wire.send(method, target, headers, body, deadline)
        except (httpx.LocalProtocolError, httpx.PoolTimeout):
            raise  # the provider was not asked
        except TimeoutError:
            if time_given >= self._patience:
                self._circuit.failed()
            raise
        except httpx.TransportError:
            self._circuit.failed()
            raise
        # 4xx and 429 are answers of a provider that works.
        if answer.status >= 500:
            self._circuit.failed()
        else:
            self._circuit.succeeded()
        return answer

    async def aclose(self) -> None:
        await self._wire.aclose()
