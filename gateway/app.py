"""The ASGI application: requests go to the service of the configuration that holds now."""

import asyncio
import gc
import importlib
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from gateway.config import Config, load
from gateway.http.draining import FINISH_BY
from gateway.http.protocol import LIMITS
from gateway.http.repeats import REPEATS
from gateway.services import Services
from gateway.telemetry.log import Log

Reread = Callable[[], Config]

GARBAGE = 10_000
"""Objects that may be there more than at the last look for those that nothing but each other
holds."""


class Application:
    """The gateway over the configured programs, as an ASGI application. Each request to `/graphql`
    is a line of the `log`.

    Where there is a way to `reread` the configuration (it raises ConfigError), SIGHUP reloads it;
    only the main thread of a process gets signals, and Windows has none such.
    """

    def __init__(
        self, config: Config, log: Log | None = None, reread: Reread | None = None
    ) -> None:
        self._config = config
        self._log = log
        self._reread = reread
        self._services: Services | None = None
        self._lifespan = Router(lifespan=self._serving)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        services = self._services
        if services is not None and scope["type"] == "http":
            await services.current(scope, receive, send)
        else:
            await self._lifespan(scope, receive, send)

    @asynccontextmanager
    async def _serving(self, _: Any) -> AsyncIterator[dict[str, Any]]:
        services = Services(self._config, self._log)
        await services.start()
        self._services = services
        heeding = None
        if self._reread is not None and hasattr(signal, "SIGHUP"):
            hung_up = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up.set)
            # One that came while the process started was held back for this.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
            heeding = asyncio.create_task(self._heed(hung_up, self._reread))
        try:
            yield {
                FINISH_BY: services.finish_by,
                LIMITS: lambda: services.current.config.demand,
                REPEATS: lambda: services.current.repeats,
            }
        finally:
            if heeding is not None:
                heeding.cancel()
            await services.aclose()

    async def _heed(self, hung_up: asyncio.Event, reread: Reread) -> None:
        """Reload at each signal, once for those that come meanwhile."""
        while True:
            await hung_up.wait()
            hung_up.clear()
            await self.reload(reread)

    async def reload(self, read: Reread) -> None:
        """Go on under the configuration as it is read now, or as before where it is wrong. What
        comes from then on is answered under the new one; what is under way ends as it began."""
        if self._services is not None:
            await self._services.reload(read)


def application_for_process(config: Config, reread: Reread | None = None) -> Application:
    """The gateway as all that its process is for; it logs to the standard error."""
    log = Log()
    log.take_over()
    application = Application(config, log, reread)
    if config.traces.enabled:
        importlib.import_module("gateway.telemetry.traces")
    # Modules and schema last as long as the process: going through them takes milliseconds at
    # each full collection, in the middle of somebody's request.
    gc.collect()
    gc.freeze()
    # Nearly all that a request makes goes with it. To look for the rest after every 700 objects, as
    # Python does, took 5 % of the CPU of an answer.
    gc.set_threshold(GARBAGE)
    return application


def application_from_environment() -> Application:
    """The gateway that starts again when its code changes. Raises ConfigError."""
    return application_for_process(load())
