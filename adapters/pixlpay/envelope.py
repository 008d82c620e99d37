"""What every Pixlpay answer shares: the envelope, its soft failure, its errors, its pages."""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Struct

from adapters._http.decoding import EmptyMap, decoder, text, whole_number
from adapters._http.failures import Complaint, Refused
from adapters.model import Page

E = TypeVar("E", bound="Envelope")
T = TypeVar("T")

# Narrow, as what it finds is passed on: `password:hunter` is no scope.
_SCOPE = re.compile(r"\b[a-z][a-z_-]{0,30}:(?:read|write)\b")


class Envelope(Struct, gc=False):
    """`success` and, on writes, `message`; `data` in the subclasses."""

    success: bool = True
    message: str | None = None


_decode_envelope = decoder(Envelope)


def envelope_decoder(wire: type[E]) -> Callable[[bytes], E]:
    """A decoder that also knows a 2xx that says it failed (FACTS section 3)."""
    decode = decoder(wire)

    def decode_success(body: bytes) -> E:
        try:
            answer = decode(body)
        except msgspec.ValidationError:
            # A failure has no data, so it does not fit either.
            if not _decode_envelope(body).success:
                raise Refused from None
            raise
        if not answer.success:
            raise Refused
        return answer

    return decode_success


class Meta(Struct, gc=False):
    """Where a page stands (vendor page, List Referrals)."""

    current_page: int | str | None = None
    last_page: int | str | None = None
    per_page: int | str | None = None
    total: int | str | None = None

    def has_next(self, page: int, rows: int, per_page: int) -> bool:
        """Whether a page follows; trusts the meta, not the number of rows (X12)."""
        last = whole_number(self.last_page)
        return rows > 0 and (page < last if last is not None else rows >= per_page)


def page_of(
    items: tuple[T, ...], meta: Meta | EmptyMap | None, page: int, per_page: int
) -> Page[T]:
    """Items as page `page` of `per_page` rows, as far as the meta tells."""
    if not isinstance(meta, Meta):
        meta = Meta()
    return Page(items, meta.has_next(page, len(items), per_page), whole_number(meta.total))


def complaint(status: int, body: bytes) -> Complaint:
    """Pixlpay's error body. `error` is now a code, now prose: the status alone decides."""
    try:
        error = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Complaint()
    if not isinstance(error, dict):
        return Complaint()
    if status == 403:
        scope = _SCOPE.search(text(error.get("message")) or "")
        return Complaint(detail=f"It lacks the scope {scope[0]}." if scope else "")
    if status == 422 and isinstance(error.get("errors"), dict):
        return Complaint(
            field_errors={
                (str(name),): [str(m)[:500] for m in (said if isinstance(said, list) else [said])]
                for name, said in error["errors"].items()
            }
        )
    return Complaint()
