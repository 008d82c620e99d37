"""What every client does: a query, the pages of a list to its end, and changes."""

from typing import Any

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway


def assert_toured(
    told: dict[str, Any], gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    """A client saw every referral once, and its changes were made and refused."""
    assert told["programs"] == ["coral-avenue", "block-haven"]
    assert told["pages"] > 2
    by_program: dict[str, list[str]] = {key: [] for key in told["programs"]}
    for program, provider_id in told["referrals"]:
        by_program[program].append(provider_id)
    assert by_program == {
        "coral-avenue": piggy.referral_keys(),
        "block-haven": pixlpay.referral_keys(),
    }
    assert (told["reward"]["__typename"], told["reward"]["percent"]) == (
        "PercentageDiscountIncentive",
        "12.50",
    )
    assert told["name"] == "Golden"
    assert told["errors"] == [
        {"__typename": "InvalidInputError", "field": ["input", "couponValidityDays"]}
    ]
    tiers = gateway.data('{ program(key: "block-haven") { tiers { nodes { name isActive } } } }')
    made = [tier for tier in tiers["program"]["tiers"]["nodes"] if "Gold" in tier["name"]]
    assert {"name": "Golden", "isActive": False} in made
