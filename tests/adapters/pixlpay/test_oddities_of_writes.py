"""Each inconsistency of Pixlpay's page that a running gateway meets when it changes something."""

# ruff: noqa: N802 - named after the oddities, as FACTS section 7 names them

from decimal import Decimal

import pytest
from msgspec.structs import replace

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.contract.connecting import Overheard, connected
from adapters.errors import Forbidden, InvalidInput, Rejected
from adapters.model import (
    AmountOff,
    FixedDiscountIncentive,
    Money,
    PercentOff,
    SettingsChanges,
    Tier,
    TierChanges,
)
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import Provider, TierRemoval
from tests.adapters.replaying import recorded, replay
from tests.running import program

pytestmark = pytest.mark.anyio

TENTH = PercentOff(Decimal(10))
GOLD = TierChanges(name="Gold", referrals_required=25, reward=TENTH)
BRONZE, UNCLAIMED = "1", "4"


async def tier(haven: Provider, id_: str) -> Tier | None:
    return next((t for t in (await haven.tiers()).value if t.provider_id == id_), None)


async def test_X1_decimals_are_sent_as_exact_numbers(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    price = AmountOff(Money(Decimal("19.99"), "EUR"))
    made = (
        await haven.create_tier(TierChanges(name="T", referrals_required=1, reward=price))
    ).value
    sent = pixlpay.calls[0].body
    assert sent["reward_value"] == 19.99
    assert made is not None
    assert isinstance(made.reward, FixedDiscountIncentive)
    assert made.reward.value == Money(Decimal("19.99"), "EUR")


async def test_X2_each_write_uses_the_words_of_its_place(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    fixed = AmountOff(Money(Decimal(5), None))
    for discount, tier_word, settings_word in (
        (TENTH, "percentage_discount", "percentage"),
        (fixed, "fixed_discount", "fixed"),
    ):
        pixlpay.forget_calls()
        await haven.update_tier(BRONZE, TierChanges(reward=discount))
        await haven.update_settings(SettingsChanges(welcome_discount=discount))
        puts = [call.body for call in pixlpay.calls if call.method == "PUT"]
        assert puts[0]["reward_type"] == tier_word
        assert puts[1]["referral_welcome_discount_type"] == settings_word


async def test_X3_claims_of_a_written_tier_come_from_the_list_and_are_never_zero_by_default(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    before = await tier(haven, BRONZE)
    assert before is not None
    assert before.claims_count
    after = (await haven.update_tier(BRONZE, TierChanges(name="B"))).value
    assert after is not None
    assert after.claims_count == before.claims_count

    pixlpay.faults.add(Fault("status", method="GET", path="/tiers"))
    unread = (await haven.update_tier(BRONZE, TierChanges(name="C"))).value
    assert unread is not None
    assert (unread.name, unread.claims_count) == ("C", None)


async def test_X4_only_a_creation_tells_when(haven: Provider) -> None:
    made = (await haven.create_tier(GOLD)).value
    assert made is not None
    assert made.created_at is not None
    assert made.updated_at is not None
    listed = await tier(haven, made.provider_id)
    assert listed is not None
    assert (listed.created_at, listed.updated_at) == (None, None)


async def test_X5_a_toggled_tier_is_whole_or_unknown_but_never_partly_null(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    before = await tier(haven, BRONZE)
    after = (await haven.toggle_tier(BRONZE)).value
    assert after is not None
    assert before is not None
    assert (before.is_active, after.is_active) == (True, False)
    assert (after.reward, after.referrals_required) == (before.reward, before.referrals_required)

    pixlpay.faults.add(Fault("drop", method="GET", path="/tiers"))
    assert (await haven.toggle_tier(BRONZE)).value is None


async def test_X6_what_a_removal_did_is_read_from_the_list(haven: Provider) -> None:
    assert (await haven.delete_tier(UNCLAIMED)).value == TierRemoval(True, None)
    assert await tier(haven, UNCLAIMED) is None
    claimed = (await haven.delete_tier(BRONZE)).value
    assert not claimed.is_gone
    assert claimed.deactivated is not None
    assert claimed.deactivated.is_active is False


@pytest.mark.parametrize("words", ["delete_tier", "delete_tier_claimed"])
async def test_X7_messages_are_passed_on_and_never_read(
    haven: Provider, pixlpay: PixlpaySandbox, words: str
) -> None:
    # The vendor says so, and the tier is as it was.
    pixlpay.faults.add(
        Fault("wrong_shape", method="DELETE", body=recorded(f"pixlpay/{words}").decode())
    )
    outcome = await haven.delete_tier(BRONZE)
    assert outcome.value == TierRemoval(False, None)
    assert outcome.message is not None


async def test_X21_every_request_accepts_json(pixlpay: PixlpaySandbox) -> None:
    overheard = Overheard(pixlpay)
    with serve_in_thread(overheard) as served:
        config = program("haven", "pixlpay", served.origin, pixlpay.token)
        async with connected(config) as haven:
            await haven.create_tier(GOLD)
            await haven.update_tier(BRONZE, TierChanges(position=9))
            await haven.toggle_tier(BRONZE)
            await haven.delete_tier(BRONZE)
            await haven.update_settings(SettingsChanges(is_enabled=True))
            await haven.validate_code("ABC12345")
    assert {call.method for call in pixlpay.calls} == {"GET", "POST", "PUT", "DELETE"}
    assert {headers.get("accept") for headers in overheard.headers} == {"application/json"}


async def test_X22_settings_are_sent_whole_so_that_none_is_reset(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    before = (await haven.settings()).value
    assert before is not None
    after = (await haven.update_settings(SettingsChanges(is_enabled=False))).value
    assert len(pixlpay.calls[-1].body) == 5
    assert after is not None
    assert after.is_enabled is False
    assert after.completion_rule == before.completion_rule
    assert after.welcome_discount == before.welcome_discount


async def test_X24_a_missing_scope_for_writing_is_named(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.tokens[pixlpay.token] = frozenset({"referrals:read"})
    with pytest.raises(Forbidden, match=r"lacks the scope referrals:write\.$"):
        await haven.toggle_tier(BRONZE)


async def test_X25_a_write_may_come_without_a_message(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    assert (await haven.toggle_tier(BRONZE)).message == "Tier deactivated"
    replay(pixlpay, '{"success": true, "data": {"id": 1}}', "/toggle")
    assert (await haven.toggle_tier(BRONZE)).message is None
    pixlpay.faults.clear()
    replay(pixlpay, recorded("pixlpay/soft_failure"), "/toggle")
    with pytest.raises(Rejected):
        await haven.toggle_tier(BRONZE)


async def test_X26_the_vendor_judges_values_and_its_words_land_at_our_fields(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    nothing_off = replace(GOLD, reward=PercentOff(Decimal(0)))
    with pytest.raises(InvalidInput) as refused:
        await haven.create_tier(nothing_off)
    assert refused.value.field_errors == {
        ("reward", "percent"): ["The reward value field must be at least 0.01."]
    }
    # The least value is documented for new tiers alone, a largest one for none.
    for percent in (0, 150):
        changed = await haven.update_tier(BRONZE, TierChanges(reward=PercentOff(Decimal(percent))))
        assert changed.value is not None
    assert pixlpay.count("/tiers/1", "PUT") == 2
