"""Gateways that have no provider to ask, and in most of these tests need none."""

from collections.abc import Iterator

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from adapters.provider import ProgramConfig
from gateway.config import Config
from tests.running import NO_CACHE, Gateway, program, running_gateway, running_with

# Nothing listens there.
UNREACHABLE = "http://127.0.0.1:1"


@pytest.fixture(scope="session")
def idle_program() -> ProgramConfig:
    return program("coral-avenue", "piggy", UNREACHABLE, "token")


@pytest.fixture(scope="module")
def idle(idle_program: ProgramConfig) -> Iterator[Gateway]:
    """A gateway with the default configuration."""
    with running_gateway(idle_program) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def elsewhere(idle_program: ProgramConfig) -> Iterator[Gateway]:
    """The same as `idle`, on a server that knows nothing of gateways."""
    with running_with(Config((idle_program,), NO_CACHE), protocol=H11Protocol) as gateway:
        yield gateway
