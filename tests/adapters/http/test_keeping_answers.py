"""What a failing answer leaves behind: nothing of its size."""

import gc
import tracemalloc
from dataclasses import replace

import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served
from adapters.contract.connecting import STEADY, connected
from adapters.errors import ProviderError
from adapters.limits import RetryLimits
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import program

pytestmark = pytest.mark.anyio

MEGABYTE = 1024 * 1024
LARGE = "x" * (2 * MEGABYTE)
TRYING = replace(STEADY, retry=RetryLimits(wait=0.001, wait_most=0.002, saved=10**9))


@pytest.mark.parametrize("fresh", [0.0, 30.0], ids=["not kept", "kept"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("oversized", megabytes=9),
        Fault("garbage", body=LARGE),
        Fault("wrong_shape", body=f'{{"data":"{LARGE}"}}'),
        Fault("status", status=404, body=LARGE),
        Fault("status", status=500, body=LARGE),
        Fault("status", status=503, body=LARGE),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status or ''}",
)
async def test_a_failure_holds_no_answer(
    fault: Fault, fresh: float, pixlpay: PixlpaySandbox, served_pixlpay: Served
) -> None:
    config = program("block-haven", "pixlpay", served_pixlpay.origin, pixlpay.token)
    failures = []
    async with connected(config, replace(TRYING, fresh=fresh)) as provider:

        async def fail() -> None:
            try:
                await provider.tiers()
            except ProviderError as failure:
                failures.append(failure)

        pixlpay.faults.add(fault)
        await fail()  # what is made once
        gc.disable()  # which finds garbage by its number, not by its size
        tracemalloc.start()
        try:
            for _ in range(3):
                await fail()
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            gc.enable()
    assert len(failures) == 4
    assert kept < MEGABYTE
