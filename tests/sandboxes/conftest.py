"""Both sandboxes over real HTTP, each with a client that signs in."""

from collections.abc import Iterator

import httpx
import pytest

from adapters._sandbox.app import Sandbox
from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.sandboxes.clients import plain_client
from tests.sandboxes.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def piggy(clock: Clock) -> PiggySandbox:
    return PiggySandbox(clock=clock)


@pytest.fixture
def piggy_client(piggy: PiggySandbox) -> Iterator[httpx.Client]:
    yield from _client(piggy, piggy.token, "/api/v3/oauth/clients")


@pytest.fixture
def pixlpay(clock: Clock) -> PixlpaySandbox:
    return PixlpaySandbox(clock=clock)


@pytest.fixture
def pixlpay_client(pixlpay: PixlpaySandbox) -> Iterator[httpx.Client]:
    yield from _client(pixlpay, pixlpay.token, "/api/external/v1")


def _client(sandbox: Sandbox, token: str, base: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    with (
        serve_in_thread(sandbox) as served,
        plain_client(base_url=served.origin + base, headers=headers) as client,
    ):
        yield client
