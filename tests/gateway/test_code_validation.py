"""What programs say of a referral code. Checking one changes nothing."""

import pytest

from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

VALIDATIONS = """
query ($code: String!) {
  codeValidations(code: $code) {
    nodes {
      code isValid reason
      program { key }
      referrer { name email referralCode }
    }
    sources { program { key } status error { code } }
  }
}
"""
SOURCES = [
    {"program": {"key": "coral-avenue"}, "status": "UNSUPPORTED", "error": None},
    {"program": {"key": "block-haven"}, "status": "FRESH", "error": None},
]


def test_a_good_code_tells_whose_it_is(gateway: Gateway) -> None:
    validations = gateway.data(VALIDATIONS, {"code": "ABC12345"})["codeValidations"]
    assert validations == {
        "nodes": [
            {
                "code": "ABC12345",
                "isValid": True,
                "reason": None,
                "program": {"key": "block-haven"},
                "referrer": {
                    "name": "TopReferrer",
                    "email": "referrer@example.com",
                    "referralCode": "ABC12345",
                },
            }
        ],
        "sources": SOURCES,
    }


def test_a_bad_code_is_an_answer_and_no_failure(gateway: Gateway) -> None:
    validations = gateway.data(VALIDATIONS, {"code": "NOPE0000"})["codeValidations"]
    assert validations == {
        "nodes": [
            {
                "code": "NOPE0000",
                "isValid": False,
                "reason": "Invalid referral code",
                "program": {"key": "block-haven"},
                "referrer": None,
            }
        ],
        "sources": SOURCES,
    }


def test_a_code_that_the_provider_will_not_look_at_is_its_failure(gateway: Gateway) -> None:
    validations = gateway.data(VALIDATIONS, {"code": ""})["codeValidations"]
    assert validations["nodes"] == []
    assert validations["sources"][1]["status"] == "FAILED"
    assert validations["sources"][1]["error"] == {"code": "INVALID_INPUT"}


@pytest.mark.parametrize("code", ["abc12345", " ABC12345 ", 'é"\\\n', "a" * 200])
def test_a_code_is_sent_as_it_was_typed_and_once(
    gateway: Gateway, pixlpay: PixlpaySandbox, code: str
) -> None:
    query = """query ($code: String!) {
      a: codeValidations(code: $code) { nodes { code } }
      b: program(key: "block-haven") { codeValidation(code: $code) { code isValid } }
      c: program(key: "block-haven") { codeValidation(code: $code) { code reason } } }"""
    data = gateway.data(query, {"code": code})
    assert data["a"]["nodes"] == [{"code": code}]
    assert data["b"]["codeValidation"]["code"] == code
    (call,) = pixlpay.calls
    assert (call.method, call.path.rpartition("/")[2]) == ("POST", "validate")
    assert call.body == {"code": code}


def test_a_text_without_end_is_refused_before_any_call(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    for query in (
        "query ($text: String!) { codeValidations(code: $text) { nodes { code } } }",
        """query ($text: String!) { program(key: "block-haven") {
             codeValidation(code: $text) { code } } }""",
        "query ($text: String!) { referrals(filter: {search: $text}) { nodes { id } } }",
    ):
        (error,) = gateway.ask(query, {"text": "a" * 201}).errors
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "at most 200 characters, not 201" in error["message"]
    assert pixlpay.calls == []


def test_a_program_that_checks_no_codes_has_nothing_to_say(gateway: Gateway) -> None:
    query = '{ program(key: "coral-avenue") { codeValidation(code: "ABC12345") { isValid } } }'
    assert gateway.data(query) == {"program": {"codeValidation": None}}
