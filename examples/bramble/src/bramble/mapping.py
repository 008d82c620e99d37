"""Bramble's JSON to the model: pure functions from the bytes of an answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from adapters._http.decoding import Statuses, decoder, text, whole_number
from adapters._http.failures import Complaint
from adapters.errors import InvalidInput, ProviderError
from adapters.model import (
    CompletionRule,
    CompletionTrigger,
    FixedDiscountIncentive,
    Incentive,
    Money,
    PercentageDiscountIncentive,
    Person,
    ProgramSettings,
    Referral,
    ReferralStatus,
    Statistics,
    UnknownIncentive,
)
from bramble.trail import CursorPage

STATUSES = Statuses(
    {
        "open": ReferralStatus.PENDING,
        "rewarded": ReferralStatus.COMPLETED,
        "void": ReferralStatus.FAILED,
    }
)
_TRIGGERS = {
    "signup": CompletionTrigger.SIGNUP,
    "first_order": CompletionTrigger.FIRST_PURCHASE,
}
_COMPLAINTS: dict[str, type[ProviderError] | None] = {
    "invalid_parameter": InvalidInput,
    "over_quota": None,
    "token_expired": None,
}

# A point in time that a calendar can hold, from 1970 to 9990.
_Seconds = Annotated[int, Meta(ge=0, le=253_086_000_000)]
_Cents = Annotated[int, Meta(ge=-(10**15), le=10**15)]


class _Member(Struct, gc=False):
    id: str
    name: str | None = None
    email: str | None = None
    code: str | None = None


class _Referral(Struct, gc=False):
    id: str
    state: str
    made_at: _Seconds
    ordered_at: _Seconds | None = None
    advocate: _Member | None = None
    friend: _Member | None = None


class _Referrals(Struct):
    items: list[_Referral]
    next_cursor: str | None


class _Members(Struct):
    members: list[_Member]


class _Program(Struct):
    active: bool | None = None
    completes_on: str | None = None
    most_referrals: Any = None
    advocate_reward: dict[str, Any] | None = None
    friend_reward: dict[str, Any] | None = None


class _Settings(Struct):
    program: _Program | None


class _AmountOff(Struct):
    cents: _Cents
    currency: str | None = None


class _PercentOff(Struct):
    basis_points: Annotated[int, Meta(ge=0, le=10_000)]


class _Summary(Struct):
    states: dict[str, int]
    credit_used: _AmountOff | None = None


class _Figures(Struct):
    summary: _Summary


class _Error(Struct):
    type: str


class _Errors(Struct):
    error: _Error


_decode_referrals = decoder(_Referrals)
_decode_members = decoder(_Members)
_decode_settings = decoder(_Settings)
_decode_figures = decoder(_Figures)
_decode_errors = decoder(_Errors)


def referrals(body: bytes, program_key: str) -> CursorPage[Referral]:
    """`GET referrals`."""
    answer = _decode_referrals(body)
    items = [
        Referral(
            program_key=program_key,
            identity=row.id,
            provider_id=row.id,
            referrer=_mentioned(row.advocate, program_key),
            referred=_mentioned(row.friend, program_key),
            status=status,
            provider_status=row.state,
            referred_at=_instant(row.made_at),
            first_order_at=None if row.ordered_at is None else _instant(row.ordered_at),
        )
        for row, status in zip(
            answer.items, STATUSES.read(row.state for row in answer.items), strict=True
        )
    ]
    next_cursor = answer.next_cursor
    return CursorPage(tuple(items), next_cursor is not None, next_cursor=next_cursor)


def _mentioned(member: _Member | None, program_key: str) -> Person | None:
    """A row names a member and the address; the rest is for `members` to tell."""
    if member is None:
        return None
    return Person(program_key=program_key, provider_id=member.id, email=text(member.email))


def members(body: bytes, program_key: str) -> Mapping[str, Person]:
    """`GET members`: whole profiles of those of the asked that there are."""
    return {
        member.id: Person(
            program_key=program_key,
            provider_id=member.id,
            name=text(member.name),
            email=text(member.email),
            referral_code=text(member.code),
        )
        for member in _decode_members(body).members
    }


def settings(body: bytes) -> ProgramSettings | None:
    """`GET program`."""
    program = _decode_settings(body).program
    if program is None:
        return None
    rule = None
    if program.completes_on:
        trigger = _TRIGGERS.get(program.completes_on, CompletionTrigger.UNKNOWN)
        rule = CompletionRule(trigger, None, program.completes_on)
    return ProgramSettings(
        is_enabled=program.active,
        completion_rule=rule,
        referral_limit_per_person=whole_number(program.most_referrals),
        referrer_incentive=_incentive(program.advocate_reward),
        referred_incentive=_incentive(program.friend_reward),
    )


def _incentive(reward: dict[str, Any] | None) -> Incentive | None:
    if reward is None:
        return None
    kind = text(reward.get("kind")) or ""
    try:
        match kind:
            case "amount_off":
                value = _money(msgspec.convert(reward, _AmountOff))
                return FixedDiscountIncentive(
                    summary=f"{value.amount} {value.currency or ''}".rstrip() + " off",
                    provider_type=kind,
                    value=value,
                )
            case "percent_off":
                points = msgspec.convert(reward, _PercentOff).basis_points
                percent = Decimal(points).scaleb(-2)
                return PercentageDiscountIncentive(
                    summary=f"{percent.normalize():f} % off", provider_type=kind, percent=percent
                )
    except msgspec.ValidationError:
        pass  # falls through to the kind that promises nothing
    return UnknownIncentive(
        summary=kind.replace("_", " ").capitalize() or "Unknown", provider_type=kind, data=reward
    )


def statistics(body: bytes) -> Statistics:
    """`GET summary`."""
    summary = _decode_figures(body).summary
    counts = dict.fromkeys(ReferralStatus, 0)
    for status, count in zip(STATUSES.read(summary.states), summary.states.values(), strict=True):
        counts[status] += count
    return Statistics(
        total_referrals=sum(counts.values()),
        successful_referrals=counts[ReferralStatus.COMPLETED],
        pending_referrals=counts[ReferralStatus.PENDING],
        failed_referrals=counts[ReferralStatus.FAILED],
        used_coupons_value=None if summary.credit_used is None else _money(summary.credit_used),
    )


def _money(amount: _AmountOff) -> Money:
    return Money(Decimal(amount.cents).scaleb(-2), amount.currency)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def complaint(status: int, body: bytes) -> Complaint:
    """Bramble's error body. Only a type that is known is passed on: its message quotes values."""
    try:
        kind = _decode_errors(body).error.type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Complaint()
    if kind not in _COMPLAINTS:
        return Complaint()
    return Complaint(kind=_COMPLAINTS[kind] if status == 400 else None, provider_code=kind)
