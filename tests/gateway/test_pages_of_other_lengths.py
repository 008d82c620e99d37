"""Pages of more rows than were asked for, or of fewer than there are: what is missed is told."""

import json
from typing import Any

import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

ROWS = [{"id": n, "uuid": f"r{n}", "name": "x", "status": "pending"} for n in range(150)]
QUERY = """query ($program: String!, $after: String) { program(key: $program) {
    referrals(first: 80, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } sources { isComplete } } } }"""


@pytest.mark.parametrize("meta", [{"last_page": 1, "per_page": 150, "total": 150}, []])
@pytest.mark.parametrize("program", ["coral-avenue", "block-haven"])
def test_rows_beyond_the_page_are_missed_and_that_is_told(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox, program: str, meta: Any
) -> None:
    for sandbox in (piggy, pixlpay):
        body = json.dumps({"data": ROWS, "meta": meta})
        sandbox.faults.add(Fault("wrong_shape", path="/referrals", body=body, times=2))
    seen: list[str] = []
    after = None
    for _ in range(2):
        page = gateway.data(QUERY, {"program": program, "after": after})["program"]["referrals"]
        assert page["sources"] == [{"isComplete": False}]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert len(set(seen)) == len(seen) == 100
    assert page["pageInfo"]["hasNextPage"] is (meta == [])


@pytest.mark.parametrize("last", [[], ROWS[100:130]], ids=["empty", "short"])
@pytest.mark.parametrize("program", ["coral-avenue", "block-haven"])
def test_a_list_that_ends_short_of_its_total_says_so(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox, program: str, last: Any
) -> None:
    meta = {"last_page": 2, "per_page": 100, "total": 150}
    for sandbox in (piggy, pixlpay):
        for rows in (ROWS[:100], ROWS[:100], last):  # read for two pages of ours, then the last
            body = json.dumps({"data": rows, "meta": meta})
            sandbox.faults.add(Fault("wrong_shape", path="/referrals", body=body, times=1))
    told, after = [], None
    for _ in range(3):
        page = gateway.data(QUERY, {"program": program, "after": after})["program"]["referrals"]
        told.append((len(page["nodes"]), page["sources"][0]["isComplete"]))
        after = page["pageInfo"]["endCursor"]
    assert told == [(80, True), (20, True), (len(last), False)]
    assert page["pageInfo"]["hasNextPage"] is False
