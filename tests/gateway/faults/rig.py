"""Gateways of which one program can be made to fail in any way of the table."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from adapters._sandbox.app import Sandbox
from adapters._sandbox.serving import serve_in_thread
from adapters.limits import CircuitLimits, RetryLimits, UpstreamLimits
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import UpstreamConfig
from tests.gateway.faults.kinds import SILENT, Kind
from tests.gateway.faults.rawserver import raw_server
from tests.running import PATIENT, Answer, Gateway, program, running_gateway

KEYS = {"piggy": "coral-avenue", "pixlpay": "block-haven"}

# What ends with a deadline meets short ones, but for those that are all asked at once.
DEADLINES = UpstreamConfig(
    connect_seconds=0.2, read_seconds=0.4, exchange_seconds=0.7, operation_seconds=3
)
DEADLINES_OF_SILENT = UpstreamConfig(
    connect_seconds=0.3, read_seconds=0.6, exchange_seconds=1.2, operation_seconds=3
)
# No circuit opens and further tries are never saved up for, so that faults don't add up.
LIMITS = UpstreamLimits(
    circuit=CircuitLimits(in_a_row=10**9, calls=10**9),
    retry=RetryLimits(wait=0.005, wait_most=0.01, saved=10**9),
)
# An exchange may take 1.2 s; the rest is for a busy machine.
MOST_SECONDS = 4.0

Wire = Literal["lean", "httpx"]


@dataclass
class Told:
    """What came of an operation: its answer, how long it took, what it cost, and what must never
    come out."""

    answer: Answer
    seconds: float
    calls: int
    calls_of_the_other: int
    secrets: list[str]


class Rig:
    """Both sandboxes, a raw server, and the gateways over them."""

    def __init__(self, stack: ExitStack, wire: Wire = "lean") -> None:
        self._stack = stack
        self._wire = wire
        self.sandboxes: dict[str, Sandbox] = {
            "piggy": PiggySandbox(calls_per_minute=None),
            "pixlpay": PixlpaySandbox(calls_per_minute=None),
        }
        self.raw = stack.enter_context(raw_server())
        self._origins = {
            key: stack.enter_context(serve_in_thread(sandbox)).origin
            for key, sandbox in self.sandboxes.items()
        }
        self._calm: Gateway | None = None
        self._lasting: dict[tuple[str | None, bool, bool], Gateway] = {}

    def _secrets(self) -> list[str]:
        canary = getattr(self.sandboxes["piggy"], "canary", "")
        return [canary, *(sandbox.token for sandbox in self.sandboxes.values())]

    def calm(self) -> Gateway:
        """A gateway over both sandboxes that has time, to know what is true by."""
        if self._calm is None:
            self._calm = self._stack.enter_context(running_gateway(*self._programs(None, "")))
        return self._calm

    def _gateway(self, kind: Kind, raw: str | None) -> Gateway:
        """A gateway of which one provider, or none, is the raw server; made once for each of the
        deadlines."""
        key = raw, kind.is_late, kind.is_silent
        if key not in self._lasting:
            running = self._running(kind, raw, self.raw.origin)
            self._lasting[key] = self._stack.enter_context(running)
        return self._lasting[key]

    def _running(
        self, kind: Kind, moved: str | None, origin: str
    ) -> AbstractContextManager[Gateway]:
        late = DEADLINES_OF_SILENT if kind.is_silent else DEADLINES
        deadlines = late if kind.is_late else PATIENT
        upstream = msgspec.structs.replace(deadlines, wire=self._wire)
        programs = self._programs(moved, origin)
        return running_gateway(*programs, upstream=upstream, limits=LIMITS)

    def _programs(self, moved: str | None, origin: str) -> list[ProgramConfig]:
        return [
            program(KEYS[name], name, origin if name == moved else self._origins[name], box.token)
            for name, box in self.sandboxes.items()
        ]

    def ask(
        self, kind: Kind, failing: str, query: str, variables: dict[str, Any], method: str
    ) -> Told:
        """Ask while requests of one method at one provider meet the fault."""
        with ExitStack() as stack:
            if kind.script is not None:
                self.raw.script = kind.script
                gateway = self._gateway(kind, failing)
            elif kind.nowhere is not None:
                origin = stack.enter_context(kind.nowhere())
                gateway = stack.enter_context(self._running(kind, failing, origin))
            elif kind.holds:
                # In a gateway of its own: the program would stay shut for the next test.
                gateway = stack.enter_context(self._running(kind, None, ""))
            else:
                gateway = self._gateway(kind, None)
            faults = self.sandboxes[failing].faults
            if kind.fault is not None:
                faults.add(msgspec.structs.replace(kind.fault, method=method))
                stack.callback(faults.clear)
            return self._timed(gateway, failing, query, variables)

    def _timed(self, gateway: Gateway, failing: str, query: str, variables: dict[str, Any]) -> Told:
        for sandbox in self.sandboxes.values():
            sandbox.forget_calls()
        accepted, started = self.raw.accepted, time.monotonic()
        answer = gateway.ask(query, variables)
        seconds = time.monotonic() - started
        (other,) = (box for name, box in self.sandboxes.items() if name != failing)
        calls = len(self.sandboxes[failing].calls) + self.raw.accepted - accepted
        return Told(answer, seconds, calls, len(other.calls), self._secrets())


class SilentRigs:
    """A rig for each of the silent kinds, so that all wait at the same time."""

    def __init__(self, stack: ExitStack, wire: Wire = "lean") -> None:
        self._rigs = {name: Rig(stack, wire) for name in SILENT}
        self._threads = stack.enter_context(ThreadPoolExecutor(len(SILENT)))

    def calm(self) -> Gateway:
        """A gateway that has time, over what is the same in each of the rigs."""
        return next(iter(self._rigs.values())).calm()

    def ask(
        self, failing: str, query: str, variables: dict[str, Any], method: str
    ) -> dict[str, Told]:
        """Ask the same while requests of one method at one provider meet a fault, each its own."""

        def told(name: str) -> Told:
            return self._rigs[name].ask(SILENT[name], failing, query, variables, method)

        return dict(zip(SILENT, self._threads.map(told, SILENT), strict=True))
