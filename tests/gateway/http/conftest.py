"""Gateways that have no provider to ask, and in most of these tests need none."""

from collections.abc import Iterator

import pytest

from adapters.provider import ProgramConfig
from tests.running import Gateway, program, running_gateway

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
