"""Pixlpay's list of referrals to the model."""

from msgspec import UNSET

from adapters._http.decoding import EmptyMap, Statuses, instants
from adapters.model import Page, Person, Referral, ReferralStatus
from adapters.pixlpay.envelope import Envelope, Meta, envelope_decoder, page_of
from adapters.pixlpay.mapping.people import WireCustomer

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
    # All in one loop: a call for each row would cost more than the row itself, and code that both
    # kinds of customers go through runs at half the speed. It is `people` twice.
    words = [row.status or "" for row in rows]
    referrals = []
    for row, word, status, referred_at, first_order_at in zip(
        rows,
        words,
        STATUSES.read(words),
        instants([row.referred_at for row in rows]),
        instants([row.first_order_at for row in rows]),
        strict=True,
    ):
        id_, name = str(row.id), row.name
        if not name and row.username is not UNSET:
            name = row.username
        referred = Person(program_key, id_, name, row.email, row.referral_code, None, None)
        referrer, customer = None, row.referrer
        if customer is not None and not isinstance(customer, list):
            name = customer.name
            if not name and customer.username is not UNSET:
                name = customer.username
            referrer = Person(
                program_key,
                str(customer.id),
                name,
                customer.email,
                customer.referral_code,
                None,
                None,
            )
        referrals.append(
            Referral(
                program_key,
                id_,
                id_,
                referrer,
                referred,
                status,
                word,
                referred_at,
                first_order_at,
            )
        )
    return referrals
