"""Changes at Pixlpay: errors as data, everything read back, each write sent once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from msgspec.structs import replace

from adapters._sandbox.faults import Fault
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from tests.running import PATIENT, Gateway, running_gateway

TIER = "id name description referralsRequired couponValidityDays isActive position claimsCount \
        createdAt reward { summary ... on PercentageDiscountIncentive { percent } \
        ... on FixedDiscountIncentive { value { amount currency } } }"
ERRORS = "errors { __typename message field ... on ProviderFailureError { mayHaveTakenEffect \
          error { code } } ... on UnsupportedOperationError { capability } }"
CREATE = f"""mutation ($program: ID!, $input: TierCreateInput!) {{
  tierCreate(programId: $program, input: $input) {{
    tier {{ {TIER} }} providerMessage {ERRORS} }} }}"""
UPDATE = f"""mutation ($id: ID!, $input: TierUpdateInput!) {{
  tierUpdate(id: $id, input: $input) {{
    tier {{ {TIER} }} providerMessage {ERRORS} }} }}"""
TOGGLE = f"""mutation ($id: ID!) {{
  tierToggle(id: $id) {{
    tier {{ {TIER} }} providerMessage {ERRORS} }} }}"""
DELETE = f"""mutation ($id: ID!) {{
  tierDelete(id: $id) {{
    deletedTierId deactivatedTier {{ {TIER} }} providerMessage {ERRORS} }} }}"""
SETTINGS = f"""mutation ($program: ID!, $input: ProgramSettingsUpdateInput!) {{
  programSettingsUpdate(programId: $program, input: $input) {{
    program {{ settings {{ isEnabled completionRule {{ trigger }}
      welcomeDiscount {{ isEnabled incentive {{ summary }} }}
      source {{ status fetchedAt }} }} }}
    providerMessage {ERRORS} }} }}"""

GOLD: dict[str, Any] = {
    "name": "Gold Referrer",
    "referralsRequired": 25,
    "reward": {"fixed": {"amount": "19.99", "currency": "EUR"}},
}


def program_id(gateway: Gateway, key: str = "block-haven") -> str:
    return str(
        gateway.data("query ($k: String!) { program(key: $k) { id } }", {"k": key})["program"]["id"]
    )


def tier_id(gateway: Gateway, name: str) -> str:
    tiers = gateway.data("{ tiers { nodes { id name } } }")["tiers"]["nodes"]
    return next(str(tier["id"]) for tier in tiers if tier["name"] == name)


def test_a_tier_is_created_read_back_whole_and_sent_once(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    program = program_id(gateway)
    pixlpay.forget_calls()
    payload = gateway.data(CREATE, {"program": program, "input": GOLD})["tierCreate"]
    assert payload["errors"] == []
    assert payload["providerMessage"] == "Referral tier created successfully"
    tier = payload["tier"]
    assert tier["reward"]["value"] == {"amount": "19.99", "currency": "EUR"}
    assert (tier["couponValidityDays"], tier["isActive"], tier["claimsCount"]) == (30, True, 0)
    assert tier["createdAt"]
    assert [(call.method, call.path.rpartition("/")[2]) for call in pixlpay.calls] == [
        ("POST", "tiers"),
        ("GET", "tiers"),
    ]
    assert pixlpay.calls[0].body["reward_value"] == 19.99


def test_a_rejected_value_is_told_at_the_field_of_the_input(gateway: Gateway) -> None:
    wrong = {**GOLD, "referralsRequired": 0}
    payload = gateway.data(CREATE, {"program": program_id(gateway), "input": wrong})["tierCreate"]
    assert payload["tier"] is None
    (error,) = payload["errors"]
    assert error["__typename"] == "InvalidInputError"
    assert error["field"] == ["input", "referralsRequired"]


@pytest.mark.parametrize(
    ("discount", "path"),
    [
        ({"percent": "0"}, ["percent"]),
        ({"percent": "-10"}, ["percent"]),
        ({"fixed": {"amount": "0.009"}}, ["fixed", "amount"]),
    ],
)
def test_a_discount_that_is_none_is_refused_before_any_call(
    gateway: Gateway, pixlpay: PixlpaySandbox, discount: dict[str, Any], path: list[str]
) -> None:
    bronze, program = tier_id(gateway, "Bronze Referrer"), program_id(gateway)
    pixlpay.forget_calls()
    made = gateway.data(CREATE, {"program": program, "input": {**GOLD, "reward": discount}})
    changed = gateway.data(UPDATE, {"id": bronze, "input": {"reward": discount}})
    change = {"welcomeDiscount": {"discount": discount}}
    settings = gateway.data(SETTINGS, {"program": program, "input": change})
    for payload, place in (
        (made["tierCreate"], ["reward"]),
        (changed["tierUpdate"], ["reward"]),
        (settings["programSettingsUpdate"], ["welcomeDiscount", "discount"]),
    ):
        (error,) = payload["errors"]
        assert error["__typename"] == "InvalidInputError"
        assert error["field"] == ["input", *place, *path]
    assert pixlpay.calls == []


def test_what_the_contract_limits_is_refused_before_any_call(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    program = program_id(gateway)
    pixlpay.forget_calls()
    wrong = {**GOLD, "name": "x" * 256, "description": "x" * 1001, "couponValidityDays": 366}
    payload = gateway.data(CREATE, {"program": program, "input": wrong})["tierCreate"]
    assert [error["field"] for error in payload["errors"]] == [
        ["input", "name"],
        ["input", "description"],
        ["input", "couponValidityDays"],
    ]
    both = {**GOLD, "reward": {"percent": "1", "fixed": {"amount": "1"}}}
    assert gateway.ask(CREATE, {"program": program, "input": both}).errors
    assert pixlpay.calls == []


def test_an_update_changes_only_what_is_given(gateway: Gateway) -> None:
    bronze = tier_id(gateway, "Bronze Referrer")
    payload = gateway.data(UPDATE, {"id": bronze, "input": {"reward": {"percent": "12.50"}}})
    tier = payload["tierUpdate"]["tier"]
    assert tier["reward"] == {"summary": "12.50% off", "percent": "12.50"}
    assert (tier["name"], tier["referralsRequired"]) == ("Bronze Referrer", 5)
    assert tier["claimsCount"] > 0


def test_null_is_refused_where_it_would_mean_nothing(gateway: Gateway) -> None:
    bronze = tier_id(gateway, "Bronze Referrer")
    payload = gateway.data(UPDATE, {"id": bronze, "input": {"name": None, "description": None}})
    assert [error["field"] for error in payload["tierUpdate"]["errors"]] == [["input", "name"]]


def test_toggling_twice_undoes_it(gateway: Gateway) -> None:
    bronze = tier_id(gateway, "Bronze Referrer")
    first = gateway.data(TOGGLE, {"id": bronze})["tierToggle"]
    second = gateway.data(TOGGLE, {"id": bronze})["tierToggle"]
    assert (first["tier"]["isActive"], second["tier"]["isActive"]) == (False, True)
    assert first["tier"]["claimsCount"] > 0


def test_a_tier_is_removed_or_switched_off_by_what_is_there(gateway: Gateway) -> None:
    legend, bronze = tier_id(gateway, "Legend Referrer"), tier_id(gateway, "Bronze Referrer")
    removed = gateway.data(DELETE, {"id": legend})["tierDelete"]
    assert (removed["deletedTierId"], removed["deactivatedTier"]) == (legend, None)
    kept = gateway.data(DELETE, {"id": bronze})["tierDelete"]
    assert kept["deletedTierId"] is None
    assert kept["deactivatedTier"]["id"] == bronze
    assert kept["deactivatedTier"]["isActive"] is False


def test_a_change_whose_re_read_fails_is_still_reported_as_made(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    legend = tier_id(gateway, "Legend Referrer")
    pixlpay.faults.add(Fault(kind="status", status=500, method="GET", path="/tiers"))
    payload = gateway.data(DELETE, {"id": legend})["tierDelete"]
    assert payload["errors"] == []
    assert (payload["deletedTierId"], payload["deactivatedTier"]) == (None, None)


def test_settings_keep_what_is_not_given(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    program = program_id(gateway)
    change = {"welcomeDiscount": {"discount": {"fixed": {"amount": "7.5"}}}}
    payload = gateway.data(SETTINGS, {"program": program, "input": change})
    settings = payload["programSettingsUpdate"]["program"]["settings"]
    del settings["source"]
    assert settings == {
        "isEnabled": True,
        "completionRule": {"trigger": "FIRST_PURCHASE"},
        "welcomeDiscount": {"isEnabled": True, "incentive": {"summary": "7.5 off"}},
    }
    (written,) = [call for call in pixlpay.calls if call.method == "PUT"]
    assert len(written.body) == 5


def test_changes_of_settings_at_one_moment_keep_each_other(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    program = program_id(gateway)
    pixlpay.faults.add(Fault("slow", method="GET", path="/settings", seconds=0.3))
    inputs: list[dict[str, Any]] = [{"isEnabled": False}, {"completionTrigger": "SIGNUP"}]
    with ThreadPoolExecutor() as callers:
        payloads = callers.map(
            lambda given: gateway.data(SETTINGS, {"program": program, "input": given}), inputs
        )
    assert [payload["programSettingsUpdate"]["errors"] for payload in payloads] == [[], []]
    query = "{ programs { settings { isEnabled completionRule { trigger } } } }"
    settings = gateway.data(query)["programs"][1]["settings"]
    assert settings == {"isEnabled": False, "completionRule": {"trigger": "SIGNUP"}}
    assert [call.method for call in pixlpay.calls if "settings" in call.path] == [
        *("GET", "PUT", "GET", "PUT"),
        "GET",
    ]


def test_a_change_of_settings_does_not_wait_for_another_beyond_its_time(
    programs: tuple[ProgramConfig, ...], pixlpay: PixlpaySandbox
) -> None:
    upstream = replace(PATIENT, operation_seconds=0.5)
    with running_gateway(*programs, upstream=upstream) as gateway:
        variables = {"program": program_id(gateway), "input": {"isEnabled": False}}
        pixlpay.faults.add(Fault("hang", path="/settings"))
        with ThreadPoolExecutor() as callers:
            payloads = callers.map(lambda _: gateway.data(SETTINGS, variables), range(3))
        errors = [payload["programSettingsUpdate"]["errors"] for payload in payloads]
    for (error,) in errors:
        assert (error["error"]["code"], error["mayHaveTakenEffect"]) == ("TIMEOUT", False)
    assert {call.method for call in pixlpay.calls} == {"GET"}


def test_new_settings_are_shown_without_reading_them_again(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    program = program_id(gateway)
    pixlpay.forget_calls()
    told = gateway.data(SETTINGS, {"program": program, "input": {"isEnabled": False}})
    settings = told["programSettingsUpdate"]["program"]["settings"]
    assert settings["isEnabled"] is False
    assert settings["source"]["status"] == "FRESH"
    assert settings["source"]["fetchedAt"]
    # The one read is what the change was merged into.
    assert [call.method for call in pixlpay.calls] == ["GET", "PUT"]


def test_what_pixlpay_has_no_word_for_is_refused_unsent(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    program = program_id(gateway)
    pixlpay.forget_calls()
    change = {
        "completionTrigger": "LOYALTY_TRANSACTIONS",
        "welcomeDiscount": {"discount": {"fixed": {"amount": "1", "currency": "USD"}}},
    }
    payload = gateway.data(SETTINGS, {"program": program, "input": change})
    assert [error["field"] for error in payload["programSettingsUpdate"]["errors"]] == [
        ["input", "completionTrigger"],
        ["input", "welcomeDiscount", "discount", "fixed", "currency"],
    ]
    assert pixlpay.calls == []


def test_an_unclear_outcome_says_so_and_is_not_tried_again(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    program = program_id(gateway)
    pixlpay.forget_calls()
    pixlpay.faults.add(Fault(kind="drop_after", method="POST", path="/tiers"))
    payload = gateway.data(CREATE, {"program": program, "input": GOLD})["tierCreate"]
    (error,) = payload["errors"]
    assert error["mayHaveTakenEffect"] is True
    assert "not known" in error["message"]
    assert pixlpay.count("/tiers", "POST") == 1


def test_a_toggled_tier_that_cannot_be_read_is_null_without_errors_as_the_schema_says(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    bronze = tier_id(gateway, "Bronze Referrer")
    pixlpay.faults.add(Fault(kind="status", status=503, method="GET", path="/tiers"))
    payload = gateway.data(TOGGLE, {"id": bronze})["tierToggle"]
    assert (payload["tier"], payload["errors"]) == (None, [])
    assert payload["providerMessage"]
    query = """{ __type(name: "TierTogglePayload") { fields { name description } } }"""
    fields = gateway.data(query)["__type"]["fields"]
    (told,) = [field["description"] for field in fields if field["name"] == "tier"]
    assert "without errors" in told


def test_a_missing_scope_is_named(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    pixlpay.tokens[pixlpay.token] = frozenset({"referrals:read"})
    payload = gateway.data(TOGGLE, {"id": tier_id(gateway, "Bronze Referrer")})["tierToggle"]
    (error,) = payload["errors"]
    assert error["error"] == {"code": "FORBIDDEN"}
    assert error["mayHaveTakenEffect"] is False
    assert "referrals:write" in error["message"]


def test_piggy_has_no_changes(gateway: Gateway) -> None:
    coral = program_id(gateway, "coral-avenue")
    payload = gateway.data(CREATE, {"program": coral, "input": GOLD})["tierCreate"]
    (error,) = payload["errors"]
    assert (error["__typename"], error["capability"]) == (
        "UnsupportedOperationError",
        "TIERS_WRITE",
    )


def test_what_is_not_there_is_not_found(gateway: Gateway) -> None:
    bronze = tier_id(gateway, "Bronze Referrer")
    for wrong in ("nonsense", program_id(gateway)):
        payload = gateway.data(TOGGLE, {"id": wrong})["tierToggle"]
        assert [error["__typename"] for error in payload["errors"]] == ["NotFoundError"]
    legend = tier_id(gateway, "Legend Referrer")
    gateway.data(DELETE, {"id": legend})
    payload = gateway.data(TOGGLE, {"id": legend})["tierToggle"]
    assert [(e["__typename"], e["field"]) for e in payload["errors"]] == [("NotFoundError", ["id"])]
    assert bronze


@pytest.mark.parametrize(
    ("mutation", "path", "wanted"),
    [(CREATE, "/tiers", GOLD), (SETTINGS, "/settings", {"isEnabled": True})],
    ids=["tierCreate", "programSettingsUpdate"],
)
def test_a_program_without_the_thing_is_told_at_the_argument_that_names_it(
    gateway: Gateway, pixlpay: PixlpaySandbox, mutation: str, path: str, wanted: Any
) -> None:
    pixlpay.faults.add(Fault(kind="status", status=404, path=path))
    data = gateway.data(mutation, {"program": program_id(gateway), "input": wanted})
    (payload,) = data.values()
    assert [(e["__typename"], e["field"]) for e in payload["errors"]] == [
        ("NotFoundError", ["programId"])
    ]
