"""A gateway that keeps nothing between requests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters._sandbox.serving import Served
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.config import CacheConfig
from tests.gateway.telemetry.collector import Collector, collecting
from tests.gateway.telemetry.logging_to import Logs, WrittenLog
from tests.running import Gateway, program, running_gateway


@pytest.fixture
def uncached(
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    served_piggy: Served,
    served_pixlpay: Served,
) -> Iterator[Gateway]:
    """The gateway of `gateway` with its caches off, for tests that ask several times."""
    with running_gateway(
        program("coral-avenue", "piggy", served_piggy.origin, piggy.token),
        program("block-haven", "pixlpay", served_pixlpay.origin, pixlpay.token),
        cache=CacheConfig(fresh_seconds=0, stale_seconds=0, response_seconds=0),
    ) as running:
        yield running


@pytest.fixture
def logs(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Logs]:
    written = WrittenLog(tmp_path / "log")
    yield Logs(written, caplog, capsys)
    written.close()


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Where the gateways of a test that make traces send them."""
    with collecting() as collector:
        for name, value in collector.environment.items():
            monkeypatch.setenv(name, value)
        yield collector
