"""Every recorded payload of Piggy maps to exactly these values."""

from collections.abc import Callable

import msgspec
import pytest

from adapters._http.decoding import EmptyMap, decoder
from adapters._http.failures import Complaint
from adapters.errors import InvalidInput, NotFound
from adapters.model import (
    BusinessProfile,
    CompletionRule,
    CompletionTrigger,
    Incentive,
    LoyaltyPointsIncentive,
    Page,
    Person,
    ProgramSettings,
    Promotion,
    Referral,
    ReferralStatus,
    Tier,
    TierKind,
    UnknownIncentive,
    VoucherIncentive,
)
from adapters.piggy import mapping
from adapters.piggy.referrals import referral_page
from tests.adapters.replaying import RECORDED, recorded

KEY = "coral-avenue"
UUID = "d1fd45ac-0993-46c1-9ae7-334bcd9b0ad7"
PATRICK, PATRICK2 = "2e70ea71-631f-4b3c-8097-8e0284751c96", "8ff157c6-9808-46b9-ac43-ae14809d8f81"
GARY1, GARY2, GARY3 = (
    "435438ef-7e62-43aa-87c7-3f6d3deb0a72",
    "3ba05ab0-28f6-465d-a345-aaeccd83a24f",
    "5bc55776-dfac-41b4-a257-0aa2d2dac7b5",
)


class _TierAnswer(msgspec.Struct):
    """The answer on one contact's tier, which a contact itself embeds."""

    data: mapping.WireTier | EmptyMap | None


_decode_tier = decoder(_TierAnswer)

READERS: dict[str, Callable[[bytes], object]] = {
    "referrals": lambda body: referral_page(body, KEY, 1, 100),
    "settings": mapping.settings,
    "tiers": lambda body: mapping.tiers(body, KEY),
    "tier_of_contact": lambda body: mapping.tier(_decode_tier(body).data, KEY),
    "contacts": lambda body: mapping.contact_page(body, KEY),
    "contact": lambda body: mapping.person(body, KEY),
    "error_401": lambda body: mapping.complaint(401, body),
    "error_1003": lambda body: mapping.complaint(400, body),
    "error_55031": lambda body: mapping.complaint(400, body),
}
# What the client credentials read: test_client_credentials.py.
ELSEWHERE = {"token"}


def contact(uuid: str, name: str) -> Person:
    return Person(program_key=KEY, provider_id=uuid, email=f"{name}@bikinibottom.sea")


def referral(
    uuid: str, referrer: Person | None, referred: Person | None, word: str = "completed"
) -> Referral:
    parts = (uuid, *(person.provider_id if person else "" for person in (referrer, referred)))
    return Referral(
        program_key=KEY,
        identity="~".join(parts),
        provider_id=uuid,
        referrer=referrer,
        referred=referred,
        status={
            "completed": ReferralStatus.COMPLETED,
            "failed": ReferralStatus.FAILED,
        }.get(word, ReferralStatus.PENDING),
        provider_status=word,
    )


def tier(uuid: str, name: str, description: str | None, position: int) -> Tier:
    return Tier(
        program_key=KEY,
        provider_id=uuid,
        kind=TierKind.STATUS,
        name=name,
        description=description,
        position=position,
    )


def settings(
    rule: CompletionRule,
    referred: Incentive | None,
    referrer: Incentive | None,
    limit: int | None = 10,
) -> ProgramSettings:
    return ProgramSettings(
        completion_rule=rule,
        referral_limit_per_person=limit,
        referrer_incentive=referrer,
        referred_incentive=referred,
    )


def points(kind: str) -> LoyaltyPointsIncentive:
    return LoyaltyPointsIncentive(
        summary="50 points",
        provider_type=kind,
        points=50,
        business_profile=BusinessProfile("13ac4cc1-3522-4dfc-ae4a-a821e5090108", "Coral Avenue"),
    )


FIVE = CompletionRule(CompletionTrigger.LOYALTY_TRANSACTIONS, 5, "loyalty_transaction")
POINTS = points("loyalty_points")
JUICE = VoucherIncentive(
    summary="Free Kelp Juice",
    provider_type="voucher",
    promotion=Promotion("539483d0-fab4-40db-add5-2ec65ef12901", "Free Kelp Juice"),
)
KREW = tier("ea77edd4-5a5e-4a6e-aeda-55038c43c839", "Krusty Krew", "Krusty Krew Members only", 1)
FIRST = referral(UUID, contact(PATRICK, "patrick1"), contact(GARY1, "gary1"))
SECOND = referral(UUID, contact(PATRICK2, "patrick2"), contact(GARY2, "gary2"))
THIRD = referral(UUID, contact(PATRICK, "patrick3"), contact(GARY3, "gary3"))
SPONGEBOB = Person(
    program_key=KEY,
    provider_id="123",
    name=None,
    email="spongebob@bikinibottom.sea",
    referral_code=None,
    loyalty_points=0,
    tier=None,
)
STAR = Person(
    program_key=KEY,
    provider_id=PATRICK,
    name="Patrick Star",
    email="patrick1@bikinibottom.sea",
    referral_code="PATRICK1",
    loyalty_points=2895,
    tier=KREW,
)
STAR_WITHOUT_TIER = msgspec.structs.replace(STAR, tier=None)

EXPECTED: dict[str, object] = {
    "referrals": Page((FIRST, SECOND, THIRD), has_next=False),
    "referrals_duplicate_key": Page(
        (FIRST, SECOND, msgspec.structs.replace(THIRD, referrer=None, referred=None)),
        has_next=False,
    ),
    "referrals_empty": Page((), has_next=False),
    "referrals_in_progress": Page(
        (
            referral(
                "5c0f4d0e-8b1e-4e55-9d5b-6f6f0c1f7a10",
                contact(PATRICK, "patrick1"),
                contact(GARY1, "gary1"),
                "in_progress",
            ),
        ),
        has_next=False,
    ),
    "referrals_null_contacts": Page(
        (
            referral("0b9f3b52-0f0c-4f1b-8c36-2e3ad0b1a001", contact(PATRICK, "patrick1"), None),
            referral("0b9f3b52-0f0c-4f1b-8c36-2e3ad0b1a002", None, contact(GARY1, "gary1")),
            referral("0b9f3b52-0f0c-4f1b-8c36-2e3ad0b1a003", None, None, "failed"),
        ),
        has_next=False,
    ),
    "referrals_opaque_ids": Page(
        (
            referral("46573856", contact("123", "spongebob"), contact(GARY1, "gary1"), "pending"),
            referral(
                "13u84u283", contact("123", "spongebob"), contact(PATRICK, "patrick1"), "failed"
            ),
        ),
        has_next=False,
    ),
    "settings": settings(FIVE, POINTS, JUICE),
    "settings_empty": None,
    "settings_empty_maps": settings(
        CompletionRule(CompletionTrigger.UNKNOWN, None, "contact_creation"),
        UnknownIncentive(summary="Nothing", provider_type="nothing", data=[]),
        JUICE,
    ),
    "settings_loyalty_credit": settings(FIVE, points("loyalty_credit"), JUICE),
    "settings_null_incentives": settings(FIVE, None, None, None),
    "settings_string_completion_event": settings(
        CompletionRule(CompletionTrigger.UNKNOWN, None, "contact_creation"), POINTS, JUICE
    ),
    "settings_unknown_completion_event": settings(
        CompletionRule(CompletionTrigger.UNKNOWN, None, "first_visit"), POINTS, JUICE
    ),
    "tiers": (KREW, tier("9a3f4a3e-7d0c-4a2c-9a1b-0d9a4be7f002", "Golden Barnacles", None, 2)),
    "tiers_nameless": (
        tier("9a3f4a3e-7d0c-4a2c-9a1b-0d9a4be7f005", "Sea Urchins", None, 0),
        KREW,
    ),
    "tier_of_contact": KREW,
    "tier_of_contact_null": None,
    "tier_of_contact_empty_list": None,
    "tier_of_contact_empty_map": None,
    "tier_of_contact_nameless": None,
    "contact": STAR,
    "contact_by_email": STAR,
    "contact_without_tier": SPONGEBOB,
    "contact_empty_tier": STAR_WITHOUT_TIER,
    "contact_nameless_tier": STAR_WITHOUT_TIER,
    "contacts": mapping.ContactPage((STAR, SPONGEBOB), 31),
    "contacts_laravel_meta": mapping.ContactPage((STAR, SPONGEBOB), 31),
    "error_1003": Complaint(kind=InvalidInput, provider_code="1003"),
    "error_55031": Complaint(kind=NotFound, provider_code="55031"),
    "error_401": Complaint(),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_payload_maps_to_these_values(name: str) -> None:
    read = next(read for prefix, read in READERS.items() if name.startswith(prefix))
    assert read(recorded(f"piggy/{name}")) == EXPECTED[name]


def test_every_recorded_payload_is_here() -> None:
    names = {path.stem for path in (RECORDED / "piggy").glob("*.json")}
    assert names == EXPECTED.keys() | ELSEWHERE


def test_login_codes_of_a_contact_are_not_even_read() -> None:
    shown = repr(mapping.person(recorded("piggy/contact"), KEY))
    assert "900021" not in shown
    assert "not-a-real-token" not in shown


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 1008, "NotFound"),
        (400, 1103, "NotFound"),
        (400, 55012, "NotFound"),
        (400, 60003, "NotFound"),
        (400, 60013, "NotFound"),
        (400, 80002, "NotFound"),
        (404, 55031, "NotFound"),
        (422, 1003, "InvalidInput"),
        (400, 7011, "Forbidden"),
        (400, 1000, "Unavailable"),
        (400, 60000, "Rejected"),
        (400, 80300, "Rejected"),
        (500, 55031, None),
        (503, 1003, None),
        (401, 424242, None),
    ],
)
def test_the_code_decides_and_the_status_where_it_says_nothing(
    status: int, code: int, kind: str | None
) -> None:
    complaint = mapping.complaint(status, f'{{"message": "x | y", "code": {code}}}'.encode())
    assert complaint.provider_code == str(code)
    assert (complaint.kind and complaint.kind.__name__) == kind
    assert complaint.detail == ""


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"\xff", b'{"code": []}', b"["])
def test_no_error_body_is_too_odd(body: bytes) -> None:
    assert mapping.complaint(400, body) == Complaint()
