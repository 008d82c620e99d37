"""The three things to be seen, one after the other, and what they came to."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from scripts.scale_out.asking import Asked, ask, client_of, loading
from scripts.scale_out.processes import GatewayProcess, gateway, shared_server
from scripts.scale_out.vendors import PIXLPAY, Vendor, configuration, vendors

TIERS = f'{{ program(key: "{PIXLPAY}") {{ tiers {{ nodes {{ id isActive }} }} }} }}'
TOGGLE = "mutation ($id: ID!) { tierToggle(id: $id) { tier { isActive } errors { message } } }"
# A call to each vendor, as nobody asked for that address before and codes are never kept.
CALLS = """query ($email: String!) {
  people(email: $email, programs: ["coral-avenue"]) { nodes { id } }
  codeValidations(code: "ABC12345", programs: ["block-haven"]) { nodes { isValid } }
}"""

UNDER_WAY = 50
"""Requests that are answered before a gateway is killed, and that miss it afterwards."""
PATIENCE = 60.0
"""Seconds after which what has not happened does not."""


@dataclass(frozen=True)
class Spent:
    """What the load took of a program's allowance: calls in the busiest minute, and those that
    the vendor refused as too many."""

    program: str
    calls_per_minute: int
    busiest_minute: int
    refused: int

    @property
    def holds(self) -> bool:
        return self.busiest_minute <= self.calls_per_minute and not self.refused


@dataclass(frozen=True)
class Figures:
    """What came out. `reads` are the calls for one list that both gateways were asked for,
    `seen_ms` how long after a change through one the other told it, None if it did not."""

    reads: int
    seen_ms: float | None
    load: Asked
    spent: tuple[Spent, ...]
    failover: Asked

    @property
    def holds(self) -> bool:
        """Whether all of it is as it should be."""
        return (
            self.reads == 1
            and self.seen_ms is not None
            and all(spent.holds for spent in self.spent)
            and not self.load.lost
            and not self.failover.lost
            and self.failover.again >= UNDER_WAY
        )


def demonstrate(program: str, seconds: float) -> Figures:
    """Do it, with a load of so many seconds, and print what comes of it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        shared_server(program) as shared,
        vendors() as both,
    ):
        file = configuration(Path(folder), both, shared)
        with gateway(file) as one, gateway(file) as other:
            print(f"Two gateways at {one.origin} and {other.origin}")
            print(f"share through {Path(program).name}.\n", flush=True)
            reads, seen_ms = _change(one, other, both)
            asked = _spend(one, other, both, seconds)
            spent = tuple(map(_spent, both))
            figures = Figures(reads, seen_ms, asked, spent, _kill(one, other))
    print("All of it holds." if figures.holds else "NOT all of it holds.", flush=True)
    return figures


def _change(
    one: GatewayProcess, other: GatewayProcess, both: list[Vendor]
) -> tuple[int, float | None]:
    (vendor,) = [vendor for vendor in both if vendor.key == PIXLPAY]

    def is_active(client: httpx.Client) -> bool:
        return bool(ask(client, TIERS)["program"]["tiers"]["nodes"][0]["isActive"])

    with client_of(one.origin) as writing, client_of(other.origin) as reading:
        tier = ask(writing, TIERS)["program"]["tiers"]["nodes"][0]
        before = is_active(reading)
        reads = vendor.sandbox.count("/tiers", "GET")
        ask(writing, TOGGLE, {"id": tier["id"]})
        changed = time.monotonic()
        seen_ms = None
        while seen_ms is None and time.monotonic() < changed + PATIENCE:
            if is_active(reading) is not before:
                seen_ms = (time.monotonic() - changed) * 1000
    print("A list that both were asked for: calls to the vendor", reads)
    told = "NOT seen" if seen_ms is None else f"seen after {seen_ms:.0f} ms"
    print(f"A change through the first, read through the second: {told}\n", flush=True)
    return reads, seen_ms


def _spend(one: GatewayProcess, other: GatewayProcess, both: list[Vendor], seconds: float) -> Asked:
    with loading(
        [one.origin, other.origin],
        CALLS,
        lambda number: {"email": f"caller-{number}@example.com"},
    ) as asked:
        time.sleep(seconds)
    print(
        f"{asked.answered} requests in {seconds:.0f} seconds, each for a call to both vendors,"
        f" {asked.lost} lost:"
    )
    for spent in map(_spent, both):
        print(
            f"  {spent.program}: {spent.busiest_minute} calls in the busiest minute of"
            f" {spent.calls_per_minute} allowed, {spent.refused} refused by the vendor"
        )
    print(flush=True)
    return asked


def _spent(vendor: Vendor) -> Spent:
    throttle = vendor.throttle
    return Spent(vendor.key, vendor.calls_per_minute, throttle.busiest_minute(), throttle.refused)


def _kill(one: GatewayProcess, other: GatewayProcess) -> Asked:
    with loading([one.origin, other.origin], TIERS) as asked:
        _until(lambda: asked.answered >= UNDER_WAY)
        one.kill()
        _until(lambda: asked.again >= UNDER_WAY)
    print(
        f"The first was killed under load: {asked.answered} requests answered,"
        f" {asked.again} of them by the second after the first did not, {asked.lost} lost\n",
        flush=True,
    )
    return asked


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
