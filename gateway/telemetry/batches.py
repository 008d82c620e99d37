"""Spans on their way to a collector: in batches, from a thread of their own, as OpenTelemetry's
batching processor sends them (https://opentelemetry.io/docs/specs/otel/trace/sdk/).

The SDK's takes as long to accept a span as everything else takes that is done for it.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, set_value
from opentelemetry.sdk.environment_variables import (
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    OTEL_BSP_MAX_QUEUE_SIZE,
    OTEL_BSP_SCHEDULE_DELAY,
)

from gateway.telemetry.spans import Ended

log = logging.getLogger("referral_gateway.traces")


class Batching(NamedTuple):
    """How many spans wait at most, how many are sent at once, and how long one waits, in seconds,
    where those are not together before."""

    most: int = 2048
    size: int = 512
    delay: float = 5.0

    @classmethod
    def from_environment(cls) -> "Batching":
        """As the specification's variables say; one that makes no sense counts as unset."""
        usual = cls()
        most = _number(OTEL_BSP_MAX_QUEUE_SIZE, usual.most)
        size = _number(OTEL_BSP_MAX_EXPORT_BATCH_SIZE, usual.size)
        milliseconds = _number(OTEL_BSP_SCHEDULE_DELAY, round(usual.delay * 1000))
        return cls(most, min(size, most), milliseconds / 1000)


class Batches:
    """Has spans sent. `send` is called in a thread; what it raises is logged, and costs that batch
    alone. Where `send` is too slow the oldest that wait are dropped."""

    def __init__(self, send: Callable[[Sequence[Ended]], None], batching: Batching) -> None:
        self._send = send
        self._size = batching.size
        self._delay = batching.delay
        self._waiting: deque[Ended] = deque(maxlen=batching.most)
        self._wake = threading.Event()
        self._is_full = False
        self._is_closing = False
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="traces", daemon=True)
        self._thread.start()

    def add(self, ended: Ended) -> None:
        """One is to be sent, some time."""
        self._waiting.append(ended)
        if len(self._waiting) >= self._size:
            self._press()

    def close(self, seconds: float) -> None:
        """Send what is left, as far as that goes in this time."""
        self._is_closing = True
        self._wake.set()
        self._thread.join(seconds)
        # Not emptied: the thread may be taking some out.
        self._is_over = True

    def _press(self) -> None:
        if not self._wake.is_set():
            self._wake.set()
        elif len(self._waiting) == self._waiting.maxlen and not self._is_full:
            self._is_full = True
            log.warning("the collector is too slow: the oldest spans that wait for it are dropped")

    def _work(self) -> None:
        # Libraries that the process has OpenTelemetry watch leave no spans of what sends spans.
        attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        while not self._is_closing:
            is_pressed = self._wake.wait(self._delay)
            self._wake.clear()
            self._is_full = False
            self._send_batches(self._size if is_pressed else 1)
        self._send_batches(1)

    def _send_batches(self, least: int) -> None:
        waiting = self._waiting
        while len(waiting) >= least and not self._is_over:
            batch = [waiting.popleft() for _ in range(min(len(waiting), self._size))]
            try:
                self._send(batch)
            except Exception:  # else no span would be sent any more
                log.exception("a batch of %d spans could not be sent", len(batch))


def _number(variable: str, default: int) -> int:
    given = os.environ.get(variable, "").strip()
    if given.isdecimal() and int(given) > 0:
        return int(given)
    if given:
        log.warning("%s is no number above 0, so it is %d", variable, default)
    return default
