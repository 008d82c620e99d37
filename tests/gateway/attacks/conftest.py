"""A gateway under attack, and somebody else who asks it a small question all the while."""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.gateway.attacks.attacked import Attacked
from tests.running import NO_TLS, program, running_gateway

# The figure to keep to is a benchmark's; this bears a busy machine.
LONGEST_WAIT = 15.0


@pytest.fixture(scope="package")
def attacked() -> Iterator[Attacked]:
    """A gateway with the default limits over both providers."""
    piggy, pixlpay = PiggySandbox(calls_per_minute=None), PixlpaySandbox(calls_per_minute=None)
    with serve_in_thread(piggy) as at_piggy, serve_in_thread(pixlpay) as at_pixlpay:
        programs = (
            program("coral-avenue", "piggy", at_piggy.origin, piggy.token),
            program("block-haven", "pixlpay", at_pixlpay.origin, pixlpay.token),
        )
        with running_gateway(*programs) as gateway:
            yield Attacked(gateway, piggy, pixlpay)


@pytest.fixture(autouse=True)
def bystander(attacked: Attacked, request: pytest.FixtureRequest) -> Iterator[None]:
    """Somebody else at the same gateway, who is not kept waiting."""
    asked: Attacked = (
        request.getfixturevalue("hasty") if "hasty" in request.fixturenames else attacked
    )
    waits: list[float] = []
    is_over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=asked.origin, verify=NO_TLS, trust_env=False) as client:
            while not is_over.is_set():
                begun = time.monotonic()
                answer = client.post("/graphql", json={"query": "{ __typename }"}, timeout=30)
                waits.append(time.monotonic() - begun)
                assert answer.json() == {"data": {"__typename": "Query"}}
                is_over.wait(0.02)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(60)
    assert waits, "the bystander got no answer"
    assert max(waits) < LONGEST_WAIT
