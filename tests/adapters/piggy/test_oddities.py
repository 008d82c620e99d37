"""Each inconsistency of Piggy's page that a running gateway can meet (FACTS section 7)."""

# ruff: noqa: N802 - named after the oddities, as FACTS names them

import json

import pytest
from msgspec import UNSET

from adapters._sandbox.serving import serve_in_thread
from adapters.capability import Capability
from adapters.contract.connecting import Overheard, connected
from adapters.errors import MalformedResponse
from adapters.model import (
    CompletionRule,
    CompletionTrigger,
    LoyaltyPointsIncentive,
    ReferralStatus,
    UnknownIncentive,
    VoucherIncentive,
)
from adapters.piggy.sandbox import PiggySandbox
from adapters.provider import Provider, capabilities_of
from tests.adapters.replaying import recorded, replay
from tests.running import program

pytestmark = pytest.mark.anyio


async def test_P1_targets_are_joined_without_a_double_slash(
    coral: Provider, piggy: PiggySandbox
) -> None:
    await coral.referrals(None, 1)
    await coral.settings()
    await coral.tiers()
    await coral.people(["no-such-contact-1"])
    await coral.people_by_email("nobody@example.com")
    assert [call.path.removeprefix("/api/v3/oauth/clients") for call in piggy.calls] == [
        "/referrals",
        "/referrals/settings",
        "/tiers",
        "/contacts/no-such-contact-1",
        "/contacts/find-one-by",
    ]


@pytest.mark.parametrize("name", ["referrals", "settings"])
async def test_P3_text_that_is_no_json_is_a_bad_answer(
    coral: Provider, piggy: PiggySandbox, name: str
) -> None:
    replay(piggy, recorded(f"piggy/{name}", "txt"))
    with pytest.raises(MalformedResponse):
        await (coral.referrals(None, 1) if name == "referrals" else coral.settings())


async def test_P4_a_row_with_a_contact_twice_has_neither_role(
    coral: Provider, piggy: PiggySandbox, caplog: pytest.LogCaptureFixture
) -> None:
    before = (await coral.referrals(None, 1)).value.items
    piggy.quirks.add("duplicate_contact_key")
    after = (await coral.referrals(None, 1)).value.items

    assert (after[2].referrer, after[2].referred) == (None, None)
    assert after[2].identity == before[2].identity
    assert after[:2] + after[3:] == before[:2] + before[3:]
    assert "names a contact twice" in caplog.text
    assert "@" not in caplog.text


async def test_P4_a_row_without_the_key_does_not_hide_one_with_two(
    coral: Provider, piggy: PiggySandbox
) -> None:
    replay(
        piggy,
        """{"data": [
            {"uuid": "1", "referred_contact": {"uuid": "a"}, "status": "completed"},
            {"uuid": "2", "referring_contact": {"uuid": "b"}, "referring_contact": {"uuid": "c"},
             "referred_contact": {"uuid": "d"}, "status": "completed"}
        ], "meta": []}""",
    )
    whole, torn = (await coral.referrals(None, 1)).value.items
    assert whole.referrer is None
    assert whole.referred is not None
    assert (torn.referrer, torn.referred) == (None, None)
    assert torn.identity == "2~b~c~d"


async def test_P4_either_contact_may_be_missing(coral: Provider, piggy: PiggySandbox) -> None:
    piggy.quirks.add("null_contacts")
    rows = (await coral.referrals(None, 1)).value.items[:4]
    assert [(row.referrer is None, row.referred is None) for row in rows] == [
        (False, False),
        (True, False),
        (True, True),
        (False, True),
    ]


async def test_P5_referrals_with_one_uuid_stay_apart(
    coral: Provider, piggy: PiggySandbox, caplog: pytest.LogCaptureFixture
) -> None:
    piggy.quirks.add("shared_uuid")
    pages = [(await coral.referrals(None, page)).value.items for page in (1, 2, 3)]
    rows = [row for page in pages for row in page]
    assert len({row.provider_id for row in rows}) == 1
    assert len({row.identity for row in rows}) == len(rows) == 240
    assert "have the same uuid" in caplog.text


async def test_P6_a_contact_is_its_uuid_and_each_row_keeps_the_address_it_told(
    coral: Provider, piggy: PiggySandbox
) -> None:
    replay(piggy, recorded("piggy/referrals"))
    first, _, third = (await coral.referrals(None, 1)).value.items
    assert first.referrer is not None
    assert third.referrer is not None
    assert first.referrer.provider_id == third.referrer.provider_id
    assert first.referrer.email == "patrick1@bikinibottom.sea"
    assert third.referrer.email == "patrick3@bikinibottom.sea"


async def test_P7_ids_are_opaque_text(coral: Provider, piggy: PiggySandbox) -> None:
    replay(piggy, recorded("piggy/referrals_opaque_ids"), "/referrals")
    rows = (await coral.referrals(None, 1)).value.items
    assert [row.provider_id for row in rows] == ["46573856", "13u84u283"]
    assert {row.referrer.provider_id for row in rows if row.referrer} == {"123"}
    assert (await coral.people(["123"])).keys() == {"123"}
    assert piggy.calls[-1].path.endswith("/contacts/123")


@pytest.mark.parametrize("meta", ["[]", "{}", "null", None])
async def test_P8_no_meta_means_no_total_and_pages_until_a_short_one(
    coral: Provider, piggy: PiggySandbox, meta: str | None
) -> None:
    row = '{"uuid": "1", "referring_contact": null, "referred_contact": null, "status": "failed"}'
    for rows in (100, 99, 0):
        piggy.faults.clear()
        data = f'{{"data": [{", ".join([row] * rows)}]'
        replay(piggy, data + ("}" if meta is None else f', "meta": {meta}}}'))
        page = (await coral.referrals(None, 1)).value
        assert (len(page.items), page.total, page.has_next) == (rows, None, rows == 100)


async def test_P8_a_full_meta_is_used(coral: Provider, piggy: PiggySandbox) -> None:
    piggy.quirks.add("meta_total")
    pages = [(await coral.referrals(None, page)).value for page in (1, 2, 3)]
    assert [(page.total, page.has_next) for page in pages] == [
        (240, True),
        (240, True),
        (240, False),
    ]


@pytest.mark.parametrize("key", ["referrer", "referred"])
async def test_P9_an_empty_list_is_an_empty_map(
    coral: Provider, piggy: PiggySandbox, key: str
) -> None:
    replay(piggy, recorded("piggy/settings_empty"), "/settings")
    assert (await coral.settings()).value is None
    wire = {"referrer": "referring_contact", "referred": "referred_contact"}[key]
    replay(piggy, f'{{"data": [{{"uuid": "1", "{wire}": []}}], "meta": []}}', "/referrals")
    (row,) = (await coral.referrals(None, 1)).value.items
    assert getattr(row, key) is None


@pytest.mark.parametrize("nobody", ["{}", '{"uuid": null, "email": null}', '{"uuid": ""}'])
async def test_P9_a_contact_without_an_identifier_is_nobody(
    coral: Provider, piggy: PiggySandbox, nobody: str
) -> None:
    contacts = f'"referring_contact": {nobody}, "referred_contact": {{"uuid": "a"}}'
    replay(piggy, f'{{"data": [{{"uuid": "1", {contacts}}}], "meta": []}}', "/referrals")
    (row,) = (await coral.referrals(None, 1)).value.items
    assert row.referrer is None
    assert row.referred is not None
    assert row.identity == "1~~a"


async def test_P9_the_maps_of_a_contact_may_be_empty_lists(
    coral: Provider, piggy: PiggySandbox
) -> None:
    replay(
        piggy,
        '{"data": {"uuid": "c1", "email": "a@example.com", "tier": [], "credit_balance": [],'
        ' "current_values": [], "attributes": []}, "meta": []}',
    )
    (person,) = (await coral.people_by_email("a@example.com")).value
    assert (person.name, person.referral_code) == (None, None)
    assert (person.loyalty_points, person.tier) == (None, None)


async def test_P10_in_progress_is_pending(coral: Provider, piggy: PiggySandbox) -> None:
    rows = (await coral.referrals(None, 1)).value.items
    words = {row.provider_status: row.status for row in rows}
    assert words == {
        "pending": ReferralStatus.PENDING,
        "in_progress": ReferralStatus.PENDING,
        "completed": ReferralStatus.COMPLETED,
        "failed": ReferralStatus.FAILED,
    }


async def test_P10_a_status_of_two_words_is_not_asked_for_by_one(coral: Provider) -> None:
    assert ReferralStatus.PENDING in coral.statuses
    assert coral.askable_statuses == {ReferralStatus.COMPLETED, ReferralStatus.FAILED}


@pytest.mark.parametrize("status", ['"refunded"', '""', "null"])
async def test_P10_an_unknown_status_keeps_its_word_and_fails_no_page(
    coral: Provider, piggy: PiggySandbox, status: str
) -> None:
    replay(piggy, f'{{"data": [{{"uuid": "1", "status": {status}}}], "meta": []}}')
    (row,) = (await coral.referrals(None, 1)).value.items
    assert (row.status, row.provider_status) == (
        ReferralStatus.UNKNOWN,
        json.loads(status) or "",
    )


async def test_P11_there_is_one_bearer_whatever_the_token_is_called(piggy: PiggySandbox) -> None:
    overheard = Overheard(piggy)
    with serve_in_thread(overheard) as served:
        async with connected(program("coral", "piggy", served.origin, piggy.token)) as coral:
            await coral.settings()
    (headers,) = overheard.headers
    assert headers["authorization"] == f"Bearer {piggy.token}"
    assert headers["accept"] == "application/json"


async def test_P12_numbers_are_sent_as_whole_numbers(coral: Provider, piggy: PiggySandbox) -> None:
    await coral.referrals(None, 2)
    assert piggy.calls[-1].query == {"limit": "100", "page": "2"}


async def test_P13_the_newer_words_for_incentives_and_events_are_understood(
    coral: Provider, piggy: PiggySandbox
) -> None:
    replay(piggy, recorded("piggy/settings_loyalty_credit"))
    settings = (await coral.settings()).value
    assert settings is not None
    points = settings.referred_incentive
    assert isinstance(points, LoyaltyPointsIncentive)
    assert (points.points, points.provider_type) == (50, "loyalty_credit")

    piggy.faults.clear()
    replay(piggy, recorded("piggy/settings_string_completion_event"))
    settings = (await coral.settings()).value
    assert settings is not None
    unknown = CompletionRule(CompletionTrigger.UNKNOWN, None, "contact_creation")
    assert settings.completion_rule == unknown


@pytest.mark.parametrize(
    "incentive",
    [
        {"type": "free_lunch", "data": {"courses": 3}},
        {"type": "loyalty_points", "data": {"business_profile": None}},
        {"type": "loyalty_points", "data": {"points": None}},
        {"type": "loyalty_points", "data": {"points": 2**31}},
        {"type": "voucher", "data": {"promotion": []}},
        {"type": "voucher", "data": []},
        {"type": "nothing"},
        {"data": {"points": 50}},
    ],
)
async def test_P13_an_incentive_without_what_its_type_promises_is_unknown(
    coral: Provider, piggy: PiggySandbox, incentive: dict[str, object]
) -> None:
    replay(piggy, json.dumps({"data": {"referring_contact_incentive": incentive}, "meta": {}}))
    settings = (await coral.settings()).value
    assert settings is not None
    unknown = settings.referrer_incentive
    assert isinstance(unknown, UnknownIncentive)
    assert unknown.provider_type == incentive.get("type", "")
    assert unknown.data == incentive.get("data")


async def test_P14_roles_are_not_swapped(coral: Provider, piggy: PiggySandbox) -> None:
    settings = (await coral.settings()).value
    assert settings is not None
    assert isinstance(settings.referrer_incentive, VoucherIncentive)
    assert isinstance(settings.referred_incentive, LoyaltyPointsIncentive)

    chosen = (await coral.referrals(None, 1)).value.items[0].referrer
    assert chosen is not None
    made = (await coral.referrals_of(chosen.provider_id, None, 1)).value.items
    assert {row.referrer and row.referrer.provider_id for row in made} == {chosen.provider_id}

    replay(piggy, recorded("piggy/referrals"))
    for row in (await coral.referrals(None, 1)).value.items:
        assert row.referrer is not None
        assert row.referred is not None
        assert str(row.referrer.email).startswith("patrick")
        assert str(row.referred.email).startswith("gary")


async def test_P15_what_a_referral_does_not_tell_is_not_made_up(coral: Provider) -> None:
    page = (await coral.referrals(None, 1)).value
    assert page.total is None
    row = page.items[0]
    assert (row.referred_at, row.first_order_at) == (None, None)
    assert row.referrer is not None
    assert row.referrer.referral_code is UNSET
    assert Capability.REFERRAL_DATES not in capabilities_of(type(coral))


async def test_P17_entries_without_a_name_are_no_tiers(
    coral: Provider, piggy: PiggySandbox
) -> None:
    assert [tier.name for tier in (await coral.tiers()).value] == ["Bronze", "Silver", "Gold"]
    replay(piggy, recorded("piggy/tiers_nameless"))
    tiers = (await coral.tiers()).value
    assert [(tier.name, tier.position) for tier in tiers] == [
        ("Sea Urchins", 0),
        ("Krusty Krew", 1),
    ]


@pytest.mark.parametrize("tier", ["null", "[]", "{}", '{"uuid": "t1", "name": ""}'])
async def test_P17_a_contact_may_have_no_tier(
    coral: Provider, piggy: PiggySandbox, tier: str
) -> None:
    replay(piggy, f'{{"data": {{"uuid": "c1", "tier": {tier}}}, "meta": []}}')
    (person,) = (await coral.people_by_email("a@example.com")).value
    assert person.tier is None
