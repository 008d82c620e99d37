"""What outlasts every configuration of a process."""

import asyncio
import time
from typing import TYPE_CHECKING

from adapters.store import Store
from gateway.config import Config
from gateway.http.idempotency import FirstAnswers
from gateway.http.persisted import Registered
from gateway.http.rate_limit import MemoryRates
from gateway.telemetry.log import Log
from gateway.telemetry.metrics import Metrics, is_by_processes
from gateway.telemetry.requests import Requests
from gateway.walks import WalkLimits, Walks

if TYPE_CHECKING:
    from adapters.sharing.sharing import Sharing
    from gateway.telemetry.traces import Traces


class Lasting:
    """What was used up, read, answered and counted by this process, whatever it is configured to
    do next. Needs a running event loop."""

    def __init__(self, config: Config, log: Log | None) -> None:
        self.sharing = _sharing(config)
        self.metrics = Metrics(self.sharing)
        self._traces = _traces(config)
        self.requests = Requests(self.metrics, None if log is None else log.write, self._traces)
        self.store = Store(self.sharing, self.metrics, self._traces)
        self.walks = Walks(WalkLimits(), time.monotonic)
        self.store.watch(self.walks.drop)
        shared = self.sharing
        self.first_answers = FirstAnswers(
            time.monotonic, shared.answers if shared is not None else None
        )
        self.registered = Registered()
        self.rates = MemoryRates(time.monotonic)
        self._telling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Join the other processes."""
        if is_by_processes():
            self._telling = asyncio.create_task(self.metrics.keep_up())
        if self.sharing is not None:
            await self.sharing.start()

    async def aclose(self) -> None:
        """Leave them."""
        if self._telling is not None:
            self._telling.cancel()
        self.metrics.settle()
        if self.sharing is not None:
            await self.sharing.aclose()
        if self._traces is not None:
            self._traces.close()


def _sharing(config: Config) -> "Sharing | None":
    """What joins this process with the others, where they are to share."""
    if config.redis_url is None:
        return None
    from adapters.sharing.sharing import Sharing  # the client behind it is an extra

    return Sharing(config.redis_url, processes=config.processes, limits=config.sharing)


def _traces(config: Config) -> "Traces | None":
    """What makes traces, where there are to be any."""
    if not config.traces.enabled:
        return None
    from gateway.telemetry.traces import Traces, is_switched_off  # what it imports is an extra

    return None if is_switched_off() else Traces()
