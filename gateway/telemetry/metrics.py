"""Metrics for Prometheus.

Several workers of one machine write theirs into files of one folder, which whoever is asked puts
together (https://prometheus.github.io/client_python/multiprocess/).
"""

import asyncio
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from adapters.observer import Answered
from gateway.programs import Program, Programs
from gateway.telemetry.tallies import Durations, Tally

if TYPE_CHECKING:  # the client behind it is an extra
    from adapters.sharing.sharing import Sharing

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where the workers of this machine write. prometheus-client reads it as it is imported."""

MOST_NAMES = 200
"""Operations that are told by their names besides those that are listed."""
OTHER = "other"
"""All other operations, and those without a name."""
MOST_LENGTH = 100

REFRESH_SECONDS = 1.0
"""How old may be what one worker tells of another."""

_SECONDS = (0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# They would be as many series again, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]

_Mode = Literal["livesum", "livemin", "livemax"]


class Metrics:
    """The metrics of this process; an observer of its programs' calls.

    The names of operations that are listed are always told, besides the first 200 others that come.
    The allowance that is left is the sum of the processes' parts, unless `sharing` makes it one.
    """

    def __init__(self, sharing: "Sharing | None" = None) -> None:
        self._registry = registry = CollectorRegistry()
        self._listed: frozenset[str] = frozenset()
        self._names: set[str] = set()
        self._programs: Programs | None = None
        self._sharing = sharing

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"referral_gateway_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str, mode: _Mode) -> Gauge:
            return Gauge(
                f"referral_gateway_{name}", text, labels, registry=registry, multiprocess_mode=mode
            )

        def seconds(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(
                f"referral_gateway_{name}_seconds",
                text,
                labels,
                registry=registry,
                buckets=_SECONDS,
            )

        self._operations = seconds(
            "operation", "GraphQL operations.", "operation", "outcome", "served"
        )
        self._limits = counter("limited", "Requests that broke a limit.", "limit")
        self._calls = counter(
            "upstream_calls",
            "Calls to providers, further tries not counted.",
            *("program", "endpoint", "outcome"),
        )
        self._call_seconds = seconds(
            "upstream_call", "Calls that were sent, with queueing and further tries.", "program"
        )
        self._reads = counter(
            "upstream_reads", "What providers were to be asked, by what answered.", "program", "by"
        )
        self._loads = counter("loads_saved", "Reads that a request asked for more than once.")
        allowance: _Mode = "livesum" if sharing is None else "livemin"
        self._left = gauge(
            "allowance_left_calls", "Calls left this minute.", "program", mode=allowance
        )
        self._circuit = gauge(
            "circuit_open", "1 while calls are held back.", "program", mode="livemax"
        )
        self._queue = gauge("upstream_queue_calls", "Calls waiting.", "program", mode="livesum")
        if sharing is not None:
            self._is_up = gauge("shared_cache_up", "1 while it is used.", mode="livemin")
            self._processes = gauge(
                "processes", "Processes last seen, on all machines.", mode="livemax"
            )
        self._refused = gauge(
            "configuration_refused", "1 if it was wrong when last read again.", mode="livemax"
        )
        self._by_operation: dict[tuple[str, str, str], Durations] = {}
        self._by_call: dict[tuple[str, str, str], Tally] = {}
        self._by_program: dict[str, Durations] = {}
        self._by_read: dict[tuple[str, Answered], Tally] = {}

    def operation(self, name: str | None, outcome: str, served: str, seconds: float) -> None:
        """An operation ended."""
        timed = self._by_operation.get((name or OTHER, outcome, served))
        if timed is None:
            timed = self._timed(self._told(name), outcome, served)
        timed.add(seconds)

    def _timed(self, told: str, outcome: str, served: str) -> Durations:
        key = told, outcome, served
        timed = self._by_operation.get(key)
        if timed is None:
            timed = self._by_operation[key] = Durations(self._operations.labels(*key))
        return timed

    def _told(self, name: str | None) -> str:
        if name is None or name in self._listed:
            return name or OTHER
        if name not in self._names:
            if len(self._names) >= MOST_NAMES or len(name) > MOST_LENGTH:
                return OTHER
            self._names.add(name)
        return name

    def limited(self, limit: str) -> None:
        """A request broke a limit."""
        self._limits.labels(limit).inc()

    def loads_saved(self, loads: int) -> None:
        """So many reads of a request were made already."""
        self._loads.inc(loads)

    def called(self, program: str, endpoint: str, outcome: str, seconds: float) -> None:
        key = (program, endpoint, outcome)
        calls = self._by_call.get(key)
        if calls is None:
            calls = self._by_call[key] = Tally(self._calls.labels(*key))
        calls.waiting += 1
        timed = self._by_program.get(program)
        if timed is None:
            timed = self._by_program[program] = Durations(self._call_seconds.labels(program))
        timed.add(seconds)

    def read(self, program: str, answered: Answered) -> None:
        reads = self._by_read.get((program, answered))
        if reads is None:
            reads = Tally(self._reads.labels(program, answered))
            self._by_read[program, answered] = reads
        reads.waiting += 1

    def watch(self, programs: Programs, listed: Iterable[str]) -> None:
        """Tell how these programs are and no others, and operations of these names always."""
        for gone in self._programs or ():
            if programs.get(gone.key) is None:
                self._forget(gone)
        self._programs = programs
        self._listed = frozenset(listed)
        self._refresh()

    def _forget(self, program: Program) -> None:
        gauges = [self._circuit, self._queue]
        if program.provider.health.calls_remaining is not None:
            gauges.append(self._left)
        for gauge in gauges:
            if is_by_processes():  # whose series last as long as they do
                gauge.labels(program.key).set(0)
            else:
                gauge.remove(program.key)

    def reloaded(self, *, is_good: bool) -> None:
        """The configuration was read again, and taken or refused."""
        self._refused.set(not is_good)

    async def keep_up(self) -> None:
        """Tell the other workers of this machine how the programs are and what was counted, again
        and again."""
        while True:
            self._refresh()
            await asyncio.sleep(REFRESH_SECONDS)

    def settle(self) -> None:
        """Have all told that was counted so far."""
        for tallies in (self._by_operation, self._by_call, self._by_program, self._by_read):
            for tally in tallies.values():
                tally.settle()

    def _refresh(self) -> None:
        self.settle()
        for program in self._programs or ():
            health = program.provider.health
            self._circuit.labels(program.key).set(health.is_circuit_open)
            self._queue.labels(program.key).set(health.calls_waiting)
            if health.calls_remaining is not None:
                self._left.labels(program.key).set(health.calls_remaining)
            elif not is_by_processes():  # it may have had a limit before
                self._left.remove(program.key)
        if self._sharing is not None:
            self._is_up.set(self._sharing.is_up)
            self._processes.set(self._sharing.processes)

    def text(self) -> bytes:
        """All of it, in the text format."""
        self._refresh()
        folder = os.environ.get(FOLDER_VARIABLE)
        if folder is None:
            return generate_latest(self._registry)
        _forget_the_dead(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def is_by_processes() -> bool:
    """Whether several processes write into one folder."""
    return FOLDER_VARIABLE in os.environ


def _forget_the_dead(folder: Path) -> None:
    """What dead workers counted stays; how they were does not."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not _is_alive(pid):
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":  # where this would not ask it but interrupt it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
