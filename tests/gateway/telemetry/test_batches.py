"""Spans on their way to a collector: when they go, and what does when it is slow or broken."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from gateway.telemetry.batches import Batches, Batching
from gateway.telemetry.spans import Ended, Span
from gateway.telemetry.subjects import OperationSubject

PATIENCE_SECONDS = 20.0
NEVER = 3600.0


class Nowhere:
    """Keeps nothing of a span that ends."""

    passes_on = False

    def record(self, ended: Ended) -> None:
        pass


def span(number: int) -> Ended:
    subject = OperationSubject(str(number), "", "executed", "ok", None, None, ())
    return Ended(Span(Nowhere(), bytes(16), b""), subject, is_failure=False)


class Collector:
    """Gets batches, when it may; `sent` are the names of their spans."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.may_take = threading.Event()
        self.may_take.set()
        self.is_asked = threading.Event()
        self.is_broken = False
        self._got = threading.Condition()

    def take(self, spans: Sequence[Ended]) -> None:
        self.is_asked.set()
        assert self.may_take.wait(PATIENCE_SECONDS)
        with self._got:
            self.sent.append([one.subject.name for one in spans])
            self._got.notify()
        if self.is_broken:
            raise ConnectionError("the collector is away")

    def wait(self, batches: int) -> list[list[str]]:
        with self._got:
            assert self._got.wait_for(lambda: len(self.sent) >= batches, PATIENCE_SECONDS)
            return list(self.sent)


@contextmanager
def batches(collector: Collector, batching: Batching) -> Iterator[Batches]:
    opened = Batches(collector.take, batching)
    try:
        yield opened
    finally:
        collector.may_take.set()
        opened.close(PATIENCE_SECONDS)


def test_enough_for_a_batch_go_at_once() -> None:
    collector = Collector()
    with batches(collector, Batching(size=2, delay=NEVER)) as waiting:
        for number in range(5):
            waiting.add(span(number))
        assert collector.wait(2) == [["0", "1"], ["2", "3"]]


def test_fewer_go_when_their_time_is_up() -> None:
    collector = Collector()
    with batches(collector, Batching(size=100, delay=0.01)) as waiting:
        waiting.add(span(0))
        assert collector.wait(1) == [["0"]]
        waiting.add(span(1))
        assert collector.wait(2) == [["0"], ["1"]]


def test_where_the_collector_is_slow_the_oldest_are_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    collector = Collector()
    collector.may_take.clear()
    with batches(collector, Batching(most=4, size=2, delay=NEVER)) as waiting:
        for number in range(2):
            waiting.add(span(number))
        assert collector.is_asked.wait(PATIENCE_SECONDS)
        assert not caplog.messages
        for number in range(2, 8):
            waiting.add(span(number))
        collector.may_take.set()
        assert collector.wait(3) == [["0", "1"], ["4", "5"], ["6", "7"]]
    (told,) = caplog.messages
    assert "dropped" in told


def test_a_batch_that_cannot_be_sent_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    collector = Collector()
    collector.is_broken = True
    with batches(collector, Batching(size=1, delay=NEVER)) as waiting:
        waiting.add(span(0))
        collector.wait(1)
        collector.is_broken = False
        waiting.add(span(1))
        assert collector.wait(2) == [["0"], ["1"]]
    assert "a batch of 1 spans could not be sent" in caplog.messages


def test_the_end_sends_what_is_left() -> None:
    collector = Collector()
    waiting = Batches(collector.take, Batching(size=2, delay=NEVER))
    waiting.add(span(0))
    waiting.close(PATIENCE_SECONDS)
    assert collector.sent == [["0"]]


def test_the_end_waits_no_longer_than_it_may() -> None:
    collector = Collector()
    collector.may_take.clear()
    waiting = Batches(collector.take, Batching(size=1, delay=NEVER))
    waiting.add(span(0))
    assert collector.is_asked.wait(PATIENCE_SECONDS)
    waiting.add(span(1))
    began = time.monotonic()
    waiting.close(0.05)
    assert time.monotonic() - began < PATIENCE_SECONDS / 2
    collector.may_take.set()
    assert collector.wait(1) == [["0"]]
    waiting.close(PATIENCE_SECONDS)
    assert collector.sent == [["0"]]


def test_the_variables_of_the_specification_are_heeded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert Batching.from_environment() == Batching(2048, 512, 5.0)
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "250")
    assert Batching.from_environment() == Batching(100, 100, 0.25)
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")
    assert Batching.from_environment() == Batching(100, 10, 0.25)
    assert not caplog.messages
    for nonsense in ("-1", "0", "many", "1.5"):
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", nonsense)
        assert Batching.from_environment().most == 2048
        assert "OTEL_BSP_MAX_QUEUE_SIZE" in caplog.messages[-1]
