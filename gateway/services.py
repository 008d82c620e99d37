"""The services of a process, one configuration after the other."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

from gateway.config import Config, ConfigError
from gateway.lasting import Lasting
from gateway.service import Service, close
from gateway.telemetry.log import Log

log = logging.getLogger("referral_gateway.configuration")


class Services:
    """The one that answers now, and those before it that have not finished: what is under way when
    the configuration changes ends as it began. Needs a running event loop."""

    def __init__(self, config: Config, log: Log | None) -> None:
        self._lasting = Lasting(config, log)
        self.current = Service(config, self._lasting)
        self._leaving: set[Service] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._is_ending = False

    async def start(self) -> None:
        """Join the other processes."""
        await self._lasting.start()

    async def reload(self, read: Callable[[], Config]) -> None:
        """Go on under the configuration as it is read now, or as before where it is wrong. The log
        says which."""
        try:
            config = await asyncio.to_thread(read)
            if self._is_ending:
                return
            before = self.current.config
            told = list(_differences(before, config))
            self._change(
                replace(
                    config,
                    redis_url=before.redis_url,
                    metrics=before.metrics,
                    traces=before.traces,
                )
            )
        except ConfigError as error:
            log.error("the configuration stays as it was: %s", "; ".join(error.faults))
            self._lasting.metrics.reloaded(is_good=False)
        except Exception:  # whatever it is, those who ask are not to suffer for it
            log.exception("the configuration stays as it was")
            self._lasting.metrics.reloaded(is_good=False)
        else:
            log.info("the configuration was read again: %s", "; ".join(told) or "nothing new")
            self._lasting.metrics.reloaded(is_good=True)

    def _change(self, config: Config) -> None:
        before = self.current
        self.current = Service(config, self._lasting, before)
        self._leaving.add(before)
        before.when_finished(lambda: self._close(before))

    def _close(self, service: Service) -> None:
        self._leaving.discard(service)
        others = [*self._leaving, self.current]
        task = asyncio.create_task(close(service, self._lasting, others))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def finish_by(self, instant: float) -> None:
        """See `Provider.finish_by`."""
        self._is_ending = True
        for service in (*self._leaving, self.current):
            service.finish_by(instant)

    async def aclose(self) -> None:
        """Let go of everything."""
        self._is_ending = True
        await asyncio.gather(*self._closing)
        services = [*self._leaving, self.current]
        self._leaving.clear()
        while services:
            await close(services.pop(), self._lasting, services)
        await self._lasting.aclose()


def _differences(before: Config, after: Config) -> Iterator[str]:
    """What is told of a change: programs by their keys, and nothing secret."""
    old = {program.key: program for program in before.connectable()}
    new = {program.key: program for program in after.connectable()}
    added = [key for key in new if key not in old]
    removed = [key for key in old if key not in new]
    changed = [key for key in new if key in old and new[key] != old[key]]
    for what, keys in (("added", added), ("removed", removed), ("changed", changed)):
        if keys:
            yield f"programs {what}: {', '.join(keys)}"
    if before.access != after.access:
        yield "access changed"
    if before.redis_url != after.redis_url:
        yield "cache: redis_url stays as it was until the next start"
    if before.metrics != after.metrics:
        yield "metrics: address stays as it was until the next start"
    if before.traces != after.traces:
        yield "traces: enabled stays as it was until the next start"
