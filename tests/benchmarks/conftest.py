"""The recorded answers, served."""

from collections.abc import Iterator

import pytest

from benchmarks.upstream.recording import Answers, record
from benchmarks.upstream.serving import Upstream, responder


@pytest.fixture(scope="session")
def answers() -> Answers:
    return record()


@pytest.fixture(scope="session")
def upstream(answers: Answers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with responder(answers, tmp_path_factory.mktemp("upstream"), delay_ms=0) as running:
        yield running
