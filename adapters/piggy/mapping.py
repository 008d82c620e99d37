"""Piggy's JSON to the model: pure functions from the bytes of an answer.

Shapes: the vendor page and FACTS sections 1a, 3, 5; the P numbers are oddities of FACTS section 7.
Only whitelisted keys of a contact's `current_values` are decoded: the map holds login codes.
"""

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from adapters._http.decoding import LARGEST_NUMBER, EmptyMap, decoder, text, whole_number
from adapters._http.failures import Complaint
from adapters.errors import Forbidden, InvalidInput, NotFound, ProviderError, Rejected, Unavailable
from adapters.model import (
    BusinessProfile,
    CompletionRule,
    CompletionTrigger,
    Incentive,
    LoyaltyPointsIncentive,
    Person,
    ProgramSettings,
    Promotion,
    Tier,
    TierKind,
    UnknownIncentive,
    VoucherIncentive,
)


class WireTier(Struct, gc=False):
    uuid: str | None = None
    name: str | None = None
    description: str | None = None
    position: int | str | None = None


class _CurrentValues(Struct, gc=False):
    firstname: Any = None
    lastname: Any = None
    referral_code: Any = None


class _CreditBalance(Struct, gc=False):
    balance: int | str | None = None


class _Contact(Struct, gc=False):
    uuid: str
    email: str | None = None
    tier: WireTier | EmptyMap | None = None
    credit_balance: _CreditBalance | EmptyMap | None = None
    current_values: _CurrentValues | EmptyMap | None = None


class _Settings(Struct, gc=False):
    completion_event: Any = None
    limit_per_contact: int | str | None = None
    referred_contact_incentive: Any = None
    referring_contact_incentive: Any = None


class _ContactAnswer(Struct):
    data: _Contact


class _Meta(Struct, gc=False):
    last_page: int | str | None = None


class _ContactsAnswer(Struct):
    data: list[_Contact]
    meta: _Meta | EmptyMap | None = None


class ContactPage(NamedTuple):
    """A page of contacts and how many pages there are. `is_bare`: its rows lack the values that
    hold names, all of them."""

    people: tuple[Person, ...]
    pages: int
    is_bare: bool = False


# `data` may be empty in any way, but not be missing: a failure with status 200 has none.
class _TiersAnswer(Struct):
    data: list[WireTier | None] | None


class _SettingsAnswer(Struct):
    data: _Settings | EmptyMap | None


class _PointsData(Struct):
    points: Annotated[int, Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
    business_profile: Any = None


class _Named(Struct):
    uuid: str
    name: str


class _VoucherData(Struct):
    promotion: _Named


_decode_contact = decoder(_ContactAnswer)
_decode_contacts = decoder(_ContactsAnswer)
_decode_tiers = decoder(_TiersAnswer)
_decode_settings = decoder(_SettingsAnswer)


def person(body: bytes, program_key: str) -> Person:
    """`GET contacts/{uuid}` and `GET contacts/find-one-by`: a whole profile."""
    return _person(_decode_contact(body).data, program_key)


def contact_page(body: bytes, program_key: str) -> ContactPage:
    """`GET contacts`: profiles, without those whose row lacks the values that hold the name."""
    answer = _decode_contacts(body)
    people = tuple(
        _person(contact, program_key)
        for contact in answer.data
        if isinstance(contact.current_values, _CurrentValues)
    )
    return ContactPage(
        people,
        pages=whole_number(answer.meta.last_page) or 1 if isinstance(answer.meta, _Meta) else 1,
        is_bare=bool(answer.data) and not people,
    )


def _person(contact: _Contact, program_key: str) -> Person:
    values = contact.current_values
    balance = contact.credit_balance
    points = whole_number(balance.balance) if isinstance(balance, _CreditBalance) else None
    if not isinstance(values, _CurrentValues):
        values = _CurrentValues()
    first, last = text(values.firstname), text(values.lastname)
    return Person(
        program_key,
        contact.uuid,
        f"{first} {last}" if first and last else first or last,
        text(contact.email),
        text(values.referral_code),
        points,
        tier(contact.tier, program_key),
    )


def tiers(body: bytes, program_key: str) -> tuple[Tier, ...]:
    """`GET tiers`, by position; entries without a name are no tiers (P17)."""
    mapped = (tier(entry, program_key) for entry in _decode_tiers(body).data or ())
    return tuple(sorted((t for t in mapped if t), key=lambda t: (t.position or 0, t.provider_id)))


def tier(entry: WireTier | EmptyMap | None, program_key: str) -> Tier | None:
    """A tier, or None for null, `[]` and nameless ones (P17)."""
    if not isinstance(entry, WireTier) or not entry.name or not entry.uuid:
        return None
    return Tier(
        program_key=program_key,
        provider_id=entry.uuid,
        kind=TierKind.STATUS,
        name=entry.name,
        description=text(entry.description),
        position=whole_number(entry.position) or 0,
    )


def settings(body: bytes) -> ProgramSettings | None:
    """`GET referrals/settings`; None when there is no program (FACTS section 8)."""
    data = _decode_settings(body).data
    if not isinstance(data, _Settings) or data == _Settings():
        return None
    return ProgramSettings(
        completion_rule=_completion_rule(data.completion_event),
        referral_limit_per_person=whole_number(data.limit_per_contact),
        referrer_incentive=_incentive(data.referring_contact_incentive),
        referred_incentive=_incentive(data.referred_contact_incentive),
    )


def _completion_rule(event: Any) -> CompletionRule | None:
    """An object at v3, a plain word in the newer SDK (P13)."""
    details: Any = {}
    if isinstance(event, dict):
        event, details = event.get("type"), event.get("data")
    kind = text(event)
    if kind is None:
        return None
    if kind != "loyalty_transaction":
        return CompletionRule(CompletionTrigger.UNKNOWN, None, kind)
    required = details.get("number_of_transactions") if isinstance(details, dict) else None
    return CompletionRule(CompletionTrigger.LOYALTY_TRANSACTIONS, whole_number(required), kind)


def _incentive(incentive: Any) -> Incentive | None:
    """A tagged union with open ends (P13): what lacks what its tag promises is unknown."""
    if not isinstance(incentive, dict) or not incentive:
        return None
    kind, data = text(incentive.get("type")) or "", incentive.get("data")
    try:
        match kind:
            case "loyalty_points" | "loyalty_credit":
                points = msgspec.convert(data, _PointsData)
                return LoyaltyPointsIncentive(
                    summary=f"{points.points} points",
                    provider_type=kind,
                    points=points.points,
                    business_profile=_business_profile(points.business_profile),
                )
            case "voucher":
                promotion = msgspec.convert(data, _VoucherData).promotion
                return VoucherIncentive(
                    summary=promotion.name,
                    provider_type=kind,
                    promotion=Promotion(promotion.uuid, promotion.name),
                )
    except msgspec.ValidationError:
        pass  # falls through to the kind that promises nothing
    return UnknownIncentive(
        summary=kind.replace("_", " ").capitalize() or "Unknown", provider_type=kind, data=data
    )


def _business_profile(profile: Any) -> BusinessProfile | None:
    if not isinstance(profile, dict):
        return None
    uuid, name = text(profile.get("uuid")), text(profile.get("name"))
    return BusinessProfile(uuid, name) if uuid and name else None


# FACTS section 3. 80300 is left out on purpose: the vendor uses it for several things.
_CODES: dict[int, type[ProviderError]] = {
    1003: InvalidInput,
    **dict.fromkeys(
        (1008, 1103, 55012, 55018, 55031, 60003, 60013, 80002, 80004),
        NotFound,
    ),
    7011: Forbidden,
    1000: Unavailable,
}


def complaint(status: int, body: bytes) -> Complaint:
    """Piggy's error body: the code decides, the status is 400 for nearly everything.

    Messages can be bilingual and quote values, so they are not passed on.
    """
    try:
        error = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Complaint()
    code = whole_number(error.get("code")) if isinstance(error, dict) else None
    if code is None:
        return Complaint()
    kind = _CODES.get(code) if 400 <= status < 500 else None
    if kind is None and status == 400:
        kind = Rejected
    return Complaint(kind=kind, provider_code=str(code))
