"""One rig for all that are prompt, and one for the reference: what a fault leaves behind, the next
test would notice."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.gateway.faults.rig import MOST_SECONDS, Rig, SilentRigs, Told
from tests.gateway.faults.scripts import LEAK


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    with ExitStack() as stack:
        yield Rig(stack)


@pytest.fixture(scope="session")
def rig_over_httpx() -> Iterator[Rig]:
    with ExitStack() as stack:
        yield Rig(stack, wire="httpx")


@pytest.fixture(scope="module")
def silent() -> Iterator[SilentRigs]:
    with ExitStack() as stack:
        yield SilentRigs(stack)


@pytest.fixture(scope="module")
def silent_over_httpx() -> Iterator[SilentRigs]:
    with ExitStack() as stack:
        yield SilentRigs(stack, wire="httpx")


@pytest.fixture
def is_discreet(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Callable[..., None]:
    """Asserts what holds of every answer: a good status, in time, and no secret anywhere."""
    caplog.set_level(logging.DEBUG)

    def check(*all_told: Told) -> None:
        written = "".join((caplog.text, *capsys.readouterr()))
        for told in all_told:
            assert told.answer.http.status_code == 200
            assert told.seconds < MOST_SECONDS
            for secret in (*told.secrets, *LEAK.split()):
                assert secret not in told.answer.http.text
                assert secret not in written

    return check
