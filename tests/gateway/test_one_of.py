"""Of a `@oneOf` input exactly one field must be given, however it is given."""

from typing import Any

import pytest

from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

NEW = {"accept": "application/graphql-response+json"}
FIXED = {"amount": "5.00", "currency": "USD"}


def creation(reward: str, variables: str = "") -> str:
    return (
        f"mutation ($program: ID!{variables}) {{ tierCreate(programId: $program, input: {{"
        f' name: "New", referralsRequired: 3, reward: {reward}'
        "}) { tier { reward { __typename } } errors { message } } }"
    )


@pytest.fixture
def block_haven(gateway: Gateway) -> str:
    program_id = gateway.data('{ program(key: "block-haven") { id } }')["program"]["id"]
    assert isinstance(program_id, str)
    return program_id


@pytest.mark.parametrize(
    ("reward", "variables"),
    [
        ("{}", ""),
        ("{ percent: null }", ""),
        ('{ percent: "10", fixed: { amount: "5.00" } }', ""),
        ('{ percent: "10", fixed: null }', ""),
        ('{ percent: $percent, fixed: { amount: "5.00" } }', ", $percent: Decimal!"),
    ],
    ids=["none", "null", "both", "one and a null", "both, one of them a variable"],
)
def test_a_literal_with_not_exactly_one_is_refused(
    gateway: Gateway, pixlpay: PixlpaySandbox, block_haven: str, reward: str, variables: str
) -> None:
    answer = gateway.ask(
        creation(reward, variables), {"program": block_haven, "percent": "10"}, NEW
    )
    assert answer.http.status_code == 400
    assert {error["extensions"]["code"] for error in answer.errors} == {"GRAPHQL_VALIDATION_FAILED"}
    assert pixlpay.calls == []


@pytest.mark.parametrize(
    "reward",
    [{}, {"percent": None}, {"percent": "10", "fixed": FIXED}, {"percent": "10", "fixed": None}],
    ids=["none", "null", "both", "one and a null"],
)
def test_a_variable_with_not_exactly_one_is_refused(
    gateway: Gateway, pixlpay: PixlpaySandbox, block_haven: str, reward: dict[str, Any]
) -> None:
    operation = creation("$reward", ", $reward: DiscountInput!")
    answer = gateway.ask(operation, {"program": block_haven, "reward": reward}, NEW)
    assert answer.http.status_code == 400
    assert {error["extensions"]["code"] for error in answer.errors} == {"BAD_USER_INPUT"}
    assert pixlpay.calls == []


def test_a_variable_in_a_literal_that_turns_out_to_be_null_is_refused(
    gateway: Gateway, pixlpay: PixlpaySandbox, block_haven: str
) -> None:
    operation = creation("{ percent: $percent }", ", $percent: Decimal")
    answer = gateway.ask(operation, {"program": block_haven, "percent": None})
    assert {error["extensions"]["code"] for error in answer.errors} == {"BAD_USER_INPUT"}
    assert pixlpay.calls == []


@pytest.mark.parametrize(
    ("reward", "kind"),
    [
        ({"percent": "10"}, "PercentageDiscountIncentive"),
        ({"fixed": FIXED}, "FixedDiscountIncentive"),
    ],
    ids=["percent", "fixed"],
)
def test_exactly_one_is_taken(
    gateway: Gateway, block_haven: str, reward: dict[str, Any], kind: str
) -> None:
    operation = creation("$reward", ", $reward: DiscountInput!")
    answer = gateway.data(operation, {"program": block_haven, "reward": reward})
    assert answer["tierCreate"] == {"tier": {"reward": {"__typename": kind}}, "errors": []}
