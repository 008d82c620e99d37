"""The two sandboxes and a gateway over them, all over real HTTP.

With REFERRAL_GATEWAY_NO_SKIPS set, what would be skipped because something is not installed fails.
"""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from adapters._sandbox.serving import Served, serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig
from tests.redis_server import RedisServer, running_redis
from tests.running import Gateway, program, running_gateway

NO_SKIPS = "REFERRAL_GATEWAY_NO_SKIPS" in os.environ

TESTS = Path(__file__).parent
LONGEST = (
    "project/test_distributions.py",
    "web/test_graphiql.py",
    "gateway/faults/test_reads.py",
    "gateway/test_cost.py",
    "gateway/test_sharing_processes.py",
    "web/test_dashboard_use.py",
    "gateway/test_draining.py",
    "web/test_dashboard.py",
    "adapters/http/test_wires.py",
    "gateway/test_commands_that_serve.py",
    "gateway/test_discipline.py",
    "gateway/execution/test_same_answers.py",
    "gateway/test_soak.py",
    "gateway/attacks/test_generated.py",
    "gateway/test_reload_processes.py",
    "web/test_dashboard_access.py",
    "gateway/test_mutations_model.py",
    "gateway/telemetry/test_metrics_of_workers.py",
    "gateway/attacks/test_answers.py",
    "web/test_site.py",
    "gateway/test_discipline_allowance.py",
    "gateway/test_merged_walk.py",
    "examples/test_bramble.py",
    "gateway/telemetry/test_traces_of_processes.py",
)
"""Files that take some ten seconds or more, begun first: none is left to run alone at the end.
Those that mostly work stand beside those that mostly wait."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {TESTS / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))


def pytest_collection_finish() -> None:
    """All tests and what they import stay to the end, so nobody need look through it for garbage:
    where each look takes a fifth of a second, that is much of the time of tests that collect."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    # What is expected to fail, and did, is reported as skipped too.
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        *_, reason = report.longrepr if isinstance(report.longrepr, tuple) else ("",)
        report.outcome = "failed"
        report.longrepr = f"{reason}, and REFERRAL_GATEWAY_NO_SKIPS is set"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server to share through, for tests that are marked `needs_redis`."""
    yield from running_redis(tmp_path)


@pytest.fixture
def piggy() -> PiggySandbox:
    return PiggySandbox(calls_per_minute=None)


@pytest.fixture
def pixlpay() -> PixlpaySandbox:
    return PixlpaySandbox(calls_per_minute=None)


@pytest.fixture
def served_piggy(piggy: PiggySandbox) -> Iterator[Served]:
    with serve_in_thread(piggy) as served:
        yield served


@pytest.fixture
def served_pixlpay(pixlpay: PixlpaySandbox) -> Iterator[Served]:
    with serve_in_thread(pixlpay) as served:
        yield served


@pytest.fixture
def programs(
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    served_piggy: Served,
    served_pixlpay: Served,
) -> tuple[ProgramConfig, ProgramConfig]:
    """A program at each provider: `coral-avenue` at Piggy, `block-haven` at Pixlpay."""
    return (
        program("coral-avenue", "piggy", served_piggy.origin, piggy.token),
        program("block-haven", "pixlpay", served_pixlpay.origin, pixlpay.token),
    )


@pytest.fixture
def gateway(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    """A gateway over both programs that keeps nothing between requests."""
    with running_gateway(*programs) as running:
        yield running


@pytest.fixture
def caching_gateway(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    """A gateway over both programs with the default cache of what it reads."""
    with running_gateway(*programs, cache=CacheConfig(response_seconds=0)) as running:
        yield running
