"""Two thousand operations over mixed faults: nothing piles up."""

import asyncio
import ctypes
import gc
import os
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters._sandbox.faults import Fault
from adapters.limits import CircuitLimits, RetryLimits
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, UpstreamConfig
from tests.running import STEADY, running_gateway

# In all, the cache off for half of them. A longer soak sets the variable.
OPERATIONS = int(os.environ.get("SOAK_OPERATIONS", "2000"))
MOST_GROWTH = 20 * 1024 * 1024
BATCH = 20

FAULTS = [
    None,
    None,
    Fault("hang", times=1),
    Fault("drop", times=1),
    Fault("status", status=503, times=3),
    Fault("truncated_body", times=1),
    Fault("garbage", times=2),
    Fault("html", times=1),
    Fault("oversized", times=1, megabytes=9),
    Fault("slow", seconds=0.02, times=2),
]
QUERIES = [
    "{ tiers { nodes { name } sources { status } } }",
    "{ referrals(first: 20) { nodes { id referrer { email } } sources { status } } }",
    '{ program(key: "block-haven") { statistics { totalReferrals } settings { isEnabled } } }',
    '{ codeValidations(code: "ABC12345") { nodes { isValid } } }',
]
TIER = '{ program(key: "block-haven") { tiers { nodes { id } } } }'
CHANGE = "mutation ($id: ID!) { tierToggle(id: $id) { errors { message } } }"


class Held(NamedTuple):
    """What the process holds: bytes of memory, open files, unfinished tasks."""

    memory: int
    files: int
    tasks: int

    @classmethod
    def now(cls) -> "Held":
        gc.collect()
        # What is free but still held by the allocator is no leak (glibc alone has this).
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        tasks = [thing for thing in gc.get_objects() if isinstance(thing, asyncio.Task)]
        return cls(
            pages * os.sysconf("SC_PAGE_SIZE"),
            len(list(Path("/proc/self/fd").iterdir())),
            sum(not task.done() for task in tasks),
        )


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("fresh_seconds", [0, 0.02], ids=["uncached", "cached"])
def test_nothing_piles_up_over_mixed_faults(
    fresh_seconds: float,
    programs: tuple[ProgramConfig, ...],
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
) -> None:
    limits = replace(
        STEADY,
        circuit=CircuitLimits(probe=0.05),
        retry=RetryLimits(wait=0.005, wait_most=0.01),
    )
    upstream = UpstreamConfig(
        connect_seconds=0.2, read_seconds=0.1, exchange_seconds=0.2, operation_seconds=1
    )
    cache = CacheConfig(fresh_seconds=fresh_seconds)
    chance = random.Random(4)
    with (
        running_gateway(*programs, cache=cache, upstream=upstream, limits=limits) as gateway,
        ThreadPoolExecutor(8) as callers,
    ):
        tier = gateway.data(TIER)["program"]["tiers"]["nodes"][0]["id"]

        def operate(count: int) -> None:
            for _ in range(count // BATCH):
                for sandbox in (piggy, pixlpay):
                    sandbox.faults.clear()
                    if fault := chance.choice(FAULTS):
                        sandbox.faults.add(fault)
                asked = chance.choices(QUERIES, k=BATCH - 1)
                answers = list(callers.map(gateway.ask, asked))
                answers.append(gateway.ask(CHANGE, {"id": tier}))
                assert {answer.http.status_code for answer in answers} == {200}
            for sandbox in (piggy, pixlpay):
                sandbox.faults.clear()
                sandbox.forget_calls()

        operate(OPERATIONS // 4)
        before = Held.now()
        operate(OPERATIONS // 4)
        after = Held.now()
    assert after.memory - before.memory < MOST_GROWTH
    # Connections are kept; what is under way is under way.
    assert after.files <= before.files + 16
    assert after.tasks <= before.tasks + 16
