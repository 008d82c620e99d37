"""A program at each provider's sandbox, without limits."""

from collections.abc import AsyncIterator

import pytest

from adapters._sandbox.serving import Served
from adapters.contract.connecting import connected
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import Provider
from tests.running import program


@pytest.fixture
async def coral(piggy: PiggySandbox, served_piggy: Served) -> AsyncIterator[Provider]:
    """The program `coral-avenue` at Piggy."""
    config = program("coral-avenue", "piggy", served_piggy.origin, piggy.token)
    async with connected(config) as provider:
        yield provider


@pytest.fixture
async def haven(pixlpay: PixlpaySandbox, served_pixlpay: Served) -> AsyncIterator[Provider]:
    """The program `block-haven` at Pixlpay, which names no currency of its own."""
    config = program("block-haven", "pixlpay", served_pixlpay.origin, pixlpay.token)
    async with connected(config) as provider:
        yield provider
