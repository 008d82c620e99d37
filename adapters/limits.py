"""How much a program may ask of its provider, and how long that may take. Durations in seconds."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class CircuitLimits:
    """When calls are held back: `share` of at least `calls` in `window` failed, or `in_a_row` did.
    A single probe goes through every `probe`."""

    share: float = 0.5
    calls: int = 20
    window: float = 10.0
    in_a_row: int = 5
    probe: float = 5.0


@dataclass(frozen=True, kw_only=True)
class RetryLimits:
    """`attempts` in all; waits double from `wait` to `wait_most`, with as much jitter. `share` of a
    program's calls may be extra ones, of which `saved` are saved up at most."""

    attempts: int = 3
    wait: float = 0.1
    wait_most: float = 1.0
    share: float = 0.2
    saved: float = 3.0


@dataclass(frozen=True, kw_only=True)
class UpstreamLimits:
    """What holds for each program.

    `wire` is the HTTP client underneath: our own, or httpx as the reference.
    `exchange` bounds a whole exchange, queueing and further tries included; nobody waits for an
    idle one, which may queue for `idle_exchange`. `fresh` is how long an answer is good, 0 keeps
    and joins nothing; up to `renewed` it is served while it is being renewed, up to `stale` when
    it cannot be renewed; after a failure nobody waits for another try within `failed`. A request
    that wants fresh data forces an entry once every `forced`. Where processes share
    nothing, the allowance is divided among `processes`.
    """

    wire: Literal["lean", "httpx"] = "lean"
    connect: float = 1.0
    read: float = 3.0
    exchange: float = 5.0
    idle_exchange: float = 120.0
    in_flight: int = 32
    queue: int = 64
    minute: float = 60.0
    processes: int = 1
    fresh: float = 0.0
    renewed: float = 600.0
    stale: float = 86400.0
    failed: float = 5.0
    forced: float = 1.0
    circuit: CircuitLimits = field(default_factory=CircuitLimits)
    retry: RetryLimits = field(default_factory=RetryLimits)

    @property
    def patience(self) -> float:
        """How long a provider must have had for a missed deadline to be its own failure."""
        return min(self.read, self.exchange / 2)


@dataclass(frozen=True, kw_only=True)
class SharingLimits:
    """How processes that share something get along.

    A call to the server that takes longer than `call` counts as failed; a new try is made every
    `rejoin`. Each process shows itself every `beat`, and one not seen for `gone` is no more. Who
    does something for all keeps others off for `hold` and goes on renewing that while at it; the
    others look every `look` whether it is done. Answers over `most_bytes` are not shared.
    """

    call: float = 0.25
    rejoin: float = 1.0
    beat: float = 2.0
    gone: float = 10.0
    hold: float = 2.0
    look: float = 0.05
    most_bytes: int = 1024 * 1024
