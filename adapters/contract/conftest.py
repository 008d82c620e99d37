"""Every installed provider over its own sandbox.

A new provider is picked up as it is. Its sandbox has to be a `Sandbox`: the suite counts calls
and puts faults into it.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from adapters import providers
from adapters._sandbox.app import Sandbox
from adapters._sandbox.serving import Served, serve_in_thread
from adapters.capability import Capability
from adapters.contract.connecting import connected
from adapters.provider import ProgramConfig, Provider, capabilities_of

REFERRALS = 230
PROGRAM = "the-program"


@dataclass(frozen=True)
class Vendor:
    """A provider's emulated vendor, and how to reach it."""

    provider: type[Provider]
    sandbox: Sandbox
    served: Served
    config: ProgramConfig


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=sorted(providers()))
def key(request: pytest.FixtureRequest) -> str:
    """A provider's key."""
    assert isinstance(request.param, str)
    return request.param


def having(capability: Capability) -> pytest.MarkDecorator:
    """Runs a test over the providers that declare a capability, instead of over all."""
    able = [key for key, kind in providers().items() if capability in capabilities_of(kind)]
    return pytest.mark.parametrize("key", sorted(able))


@pytest.fixture
def vendor(key: str) -> Iterator[Vendor]:
    provider = providers()[key]
    sandbox = sandbox_of(provider, REFERRALS)
    with serve_in_thread(sandbox) as served:
        config = ProgramConfig(
            key=PROGRAM,
            name="The program",
            provider=key,
            base_url=served.origin,
            token=sandbox.token,
        )
        yield Vendor(provider, sandbox, served, config)


@pytest.fixture
async def provider(vendor: Vendor) -> AsyncIterator[Provider]:
    async with connected(vendor.config) as provider:
        yield provider


def sandbox_of(provider: type[Provider], referrals: int) -> Sandbox:
    """A provider's sandbox without an allowance."""
    sandbox = provider.sandbox(referrals=referrals, latency_seconds=0.0)
    assert isinstance(sandbox, Sandbox)
    sandbox.throttle.calls_per_minute = None
    return sandbox
