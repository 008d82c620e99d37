"""Pixlpay's list of referrals to the model."""

from adapters._http.decoding import EmptyMap, Statuses, instants
from adapters.model import Page, Referral, ReferralStatus
from adapters.pixlpay.envelope import Envelope, Meta, envelope_decoder, page_of
from adapters.pixlpay.mapping.people import WireCustomer, everybody, people

STATUSES = Statuses({"pending": ReferralStatus.PENDING, "successful": ReferralStatus.COMPLETED})


class _Referral(WireCustomer, gc=False, kw_only=True):
    referred_at: str | None = None
    referrer: WireCustomer | EmptyMap | None = None
    status: str | None = None
    first_order_at: str | None = None


class _ReferralsAnswer(Envelope, kw_only=True):
    data: list[_Referral]
    meta: Meta | EmptyMap | None = None


_decode_referrals = envelope_decoder(_ReferralsAnswer)


def referral_page(body: bytes, program_key: str, page: int, per_page: int) -> Page[Referral]:
    """`GET /referrals`. A referral's id is the referred customer's (X6)."""
    answer = _decode_referrals(body)
    return page_of(tuple(_referrals(answer.data, program_key)), answer.meta, page, per_page)


def _referrals(rows: list[_Referral], program_key: str) -> list[Referral]:
    # Column by column: a call for each row would cost more than the row itself.
    words = [row.status or "" for row in rows]
    return [
        Referral(
            program_key=program_key,
            identity=referred.provider_id,
            provider_id=referred.provider_id,
            referrer=referrer,
            referred=referred,
            status=status,
            provider_status=word,
            referred_at=referred_at,
            first_order_at=first_order_at,
        )
        for referrer, referred, status, word, referred_at, first_order_at in zip(
            people([row.referrer for row in rows], program_key),
            everybody(rows, program_key),
            STATUSES.read(words),
            words,
            instants([row.referred_at for row in rows]),
            instants([row.first_order_at for row in rows]),
            strict=True,
        )
    ]
