"""Pixlpay's customers to the model: alone, in a list, behind a code, and inside other answers."""

from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType

from adapters._http.decoding import EmptyMap, text
from adapters.model import CodeValidation, Page, Person
from adapters.pixlpay.envelope import Envelope, Meta, envelope_decoder, page_of


class WireCustomer(Struct, gc=False):
    """A customer as embedded in other answers; which keys are there varies (X20)."""

    id: int | str
    name: str | None | UnsetType = UNSET
    username: str | None | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    referral_code: str | None | UnsetType = UNSET


class _Validation(Struct, gc=False):
    valid: bool
    referrer: WireCustomer | EmptyMap | None = None
    error: str | None = None


class _ValidationAnswer(Envelope, kw_only=True):
    data: _Validation


class _CustomerAnswer(Envelope, kw_only=True):
    data: WireCustomer


class _CustomersAnswer(Envelope, kw_only=True):
    data: list[WireCustomer]
    meta: Meta | EmptyMap | None = None


_decode_validation = envelope_decoder(_ValidationAnswer)
_decode_customer = envelope_decoder(_CustomerAnswer)
_decode_customers = envelope_decoder(_CustomersAnswer)


def people(
    customers: Sequence[WireCustomer | EmptyMap | None], program_key: str
) -> list[Person | None]:
    """Customers in their order; the two documented shapes call the name differently (FACTS
    section 1b). All of a page at once: a call for each would cost more than the person itself."""
    return [
        None
        if customer is None or isinstance(customer, list)
        else Person(
            program_key=program_key,
            provider_id=str(customer.id),
            name=customer.name
            or (customer.name if customer.username is UNSET else customer.username),
            email=customer.email,
            referral_code=customer.referral_code,
            loyalty_points=None,
            tier=None,
        )
        for customer in customers
    ]


def everybody(customers: Sequence[WireCustomer], program_key: str) -> list[Person]:
    """Customers in their order, where each row is one."""
    return [person for person in people(customers, program_key) if person is not None]


def code_validation(body: bytes, program_key: str, code: str) -> CodeValidation:
    """`POST /referrals/validate`: an invalid code is a good answer (X8)."""
    data = _decode_validation(body).data
    return CodeValidation(
        program_key=program_key,
        code=code,
        is_valid=data.valid,
        referrer=people([data.referrer], program_key)[0],
        reason=text(data.error),
    )


def customer(body: bytes, program_key: str) -> Person:
    """`GET /customers/{id}`, in either documented shape."""
    (person,) = everybody([_decode_customer(body).data], program_key)
    return person


def customer_page(body: bytes, program_key: str, page: int, per_page: int) -> Page[Person]:
    """`GET /customers`, in either documented shape."""
    answer = _decode_customers(body)
    return page_of(tuple(everybody(answer.data, program_key)), answer.meta, page, per_page)
