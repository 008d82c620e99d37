"""The same questions over HTTP and the sandboxes, compiled and by graphql-core alone."""

from pathlib import Path
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import GraphQLConfig
from tests.running import running_gateway

QUERIES = sorted((Path(__file__).parents[3] / "benchmarks" / "queries").glob("*.graphql"))

UNFIT = """{
  node(id: "junk") { id }
  programs { key settings { isEnabled } }
  codeValidations(code: "none") { nodes { isValid } sources { status error { code } } }
}"""


@pytest.mark.parametrize("fault", [None, "/referrals", "/contacts", "/settings"])
@pytest.mark.parametrize(
    "query",
    [*(file.read_text() for file in QUERIES), UNFIT],
    ids=[*(file.stem for file in QUERIES), "unfit"],
)
def test_answers_and_calls_are_the_same(
    programs: tuple[ProgramConfig, ...],
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    query: str,
    fault: str | None,
) -> None:
    told: list[tuple[Any, list[dict[str, Any]], int, int]] = []
    for compiled in (True, False):
        graphql = GraphQLConfig(compiled=compiled)
        with running_gateway(*programs, graphql=graphql) as gateway:
            for sandbox in (piggy, pixlpay):
                sandbox.forget_calls()
                if fault is not None:
                    sandbox.faults.add(Fault("status", status=503, path=fault))
            answer = gateway.ask(query)
            # Programs that fail in one instant do so in no order.
            errors = sorted(answer.errors, key=lambda error: str(error["path"]))
            told.append((answer.data, errors, piggy.count(), pixlpay.count()))
    compiled_, stock = told
    assert compiled_ == stock
    assert compiled_[2] + compiled_[3] > 0
