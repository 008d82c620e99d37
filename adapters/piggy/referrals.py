"""Piggy's list of referrals to the model, where most of its oddities are (P3 to P10, P14, P15)."""

import json
import logging
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from adapters._http.decoding import EmptyMap, Statuses, decoder, text, whole_number
from adapters.model import Page, Person, Referral, ReferralStatus

log = logging.getLogger("referral_gateway.piggy")

# `in_progress` is the newer SDK's word, and the vendor takes only the documented ones (P10): asked
# for "pending", it would leave those out.
STATUSES = Statuses(
    {
        "pending": ReferralStatus.PENDING,
        "in_progress": ReferralStatus.PENDING,
        "completed": ReferralStatus.COMPLETED,
        "failed": ReferralStatus.FAILED,
    }
)


class _Contact(Struct, gc=False):
    uuid: str | None = None
    email: str | None = None


_ContactTold = _Contact | EmptyMap | None | UnsetType


class _Referral(Struct, gc=False):
    uuid: str
    status: str | None = None
    referring_contact: _ContactTold = UNSET
    referred_contact: _ContactTold = UNSET


class _Answer(Struct):
    data: list[_Referral]
    meta: Raw = Raw(b"null")


class _RawAnswer(Struct):
    data: list[Raw]


_decode = decoder(_Answer)
_decode_raw = decoder(_RawAnswer)
_decode_row = decoder(_Referral)


def referral_page(body: bytes, program_key: str, page: int, limit: int) -> Page[Referral]:
    """`GET referrals`: page `page` of `limit` rows."""
    answer = _decode(body)
    rows = len(answer.data)
    # A decoder keeps the last of two equal keys, which would swap roles (P4). Counting keys in
    # the bytes finds out for next to nothing; only then the rows are taken apart one by one.
    told = sum(
        [
            (row.referring_contact is not UNSET) + (row.referred_contact is not UNSET)
            for row in answer.data
        ]
    )
    if body.count(b'_contact"') == told:
        items = tuple(_referrals(answer.data, program_key))
    else:
        items = tuple([_careful(raw, program_key) for raw in _decode_raw(body).data])
    uuids = len({row.uuid for row in answer.data})
    if uuids < rows and uuids < len({item.identity for item in items}):
        log.warning("different referrals of %s have the same uuid", program_key)
    total, last_page = _meta(answer.meta)
    if not rows:
        has_next = False
    elif last_page is not None:
        has_next = page < last_page
    elif total is not None:
        has_next = page * limit < total
    else:
        has_next = rows >= limit
    return Page(items, has_next, total)


def _referrals(rows: Sequence[_Referral], program_key: str) -> list[Referral]:
    # All in one loop: a call for each row would cost more than the row itself.
    words = [row.status or "" for row in rows]
    referrals = []
    for row, word, status in zip(rows, words, STATUSES.read(words), strict=True):
        referrer = referred = None
        referrer_id = referred_id = ""
        contact = row.referring_contact
        if type(contact) is _Contact and contact.uuid:
            referrer_id = contact.uuid
            referrer = Person(program_key, referrer_id, UNSET, contact.email or None)
        contact = row.referred_contact
        if type(contact) is _Contact and contact.uuid:
            referred_id = contact.uuid
            referred = Person(program_key, referred_id, UNSET, contact.email or None)
        uuid = row.uuid
        # The referral's own uuid repeats, in the vendor's own example for three pairs (P5).
        identity = f"{uuid}~{referrer_id}~{referred_id}"
        referrals.append(Referral(program_key, identity, uuid, referrer, referred, status, word))
    return referrals


def _careful(raw: Raw, program_key: str) -> Referral:
    """A row of a page in which some row names a contact twice; such a row has neither role."""
    pairs: tuple[tuple[str, Any], ...] = json.loads(bytes(raw), object_pairs_hook=tuple)
    contacts = [value for key, value in pairs if key in ("referring_contact", "referred_contact")]
    roles = [key for key, _ in pairs if key in ("referring_contact", "referred_contact")]
    (referral,) = _referrals([_decode_row(raw)], program_key)
    if len(roles) == len(set(roles)):
        return referral
    log.warning("a referral of %s names a contact twice; neither role is guessed", program_key)
    uuids = [dict(contact).get("uuid") for contact in contacts if isinstance(contact, tuple)]
    return msgspec.structs.replace(
        referral,
        identity="~".join([referral.provider_id, *(text(uuid) or "" for uuid in uuids)]),
        referrer=None,
        referred=None,
    )


def _meta(raw: Raw) -> tuple[int | None, int | None]:
    """Total and last page in whichever of the three shapes; `[]` and `{}` tell neither (P8)."""
    meta = msgspec.json.decode(raw)
    if not isinstance(meta, dict):
        return None, None
    return whole_number(meta.get("total")), whole_number(meta.get("last_page"))
