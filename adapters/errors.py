"""Everything that can go wrong between the gateway and a provider.

    AdapterError
    ├── Unsupported               the provider has no such thing; no call was made
    └── ProviderError             the provider was asked and did not answer well
        ├── Unauthenticated       401, or the token is missing
        ├── Forbidden             403, Piggy 7011; names the missing scope where it is told
        ├── NotFound              404, and Piggy's codes that mean it
        ├── InvalidInput          422, Piggy 1003; `field_errors` where the provider names fields
        ├── RateLimited           429
        │   └── OverAllowance     not sent: the gateway keeps within the program's allowance
        ├── TimedOut              no answer within the deadline
        ├── Unavailable           refused, closed or failing on the provider's side (5xx)
        ├── Rejected              any other 4xx, or a 2xx that says it failed
        └── MalformedResponse     an answer that cannot be understood

Messages are made here, from the kind of failure alone: a provider's body, an address or a token
never gets into one. What each status means is in FACTS section 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from adapters.capability import Capability


class ProviderErrorCode(StrEnum):
    """Kinds of provider failure, as `ProviderErrorCode` of the schema."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    INVALID_INPUT = "INVALID_INPUT"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    REJECTED = "REJECTED"
    MALFORMED_RESPONSE = "MALFORMED_RESPONSE"


FieldErrors = Mapping[tuple[str, ...], Sequence[str]]


class AdapterError(Exception):
    """Base of everything an adapter raises on purpose."""


class Unsupported(AdapterError):
    """The provider has no such thing, and trying again will not help. Costs no call."""

    def __init__(self, capability: Capability) -> None:
        super().__init__(f"This program lacks the capability {capability}.")
        self.capability = capability


@dataclass(frozen=True)
class Failure:
    """What is told of a provider's failure: an exception cannot be a value in a GraphQL answer."""

    code: ProviderErrorCode
    message: str
    is_retryable: bool
    retry_after_seconds: int | None
    provider_code: str | None


class ProviderError(AdapterError):
    """A provider did not answer well.

    Attributes: `program_key` and `provider_key` say whose answer it was; `provider_code` is the
    provider's own error code such as "1003"; `upstream_status` the HTTP status, None when there
    was no answer; `retry_after_seconds` how long the provider asks to wait; `was_sent` False
    when the request certainly never reached the provider, `was_held_back` True when the gateway
    itself did not let it go; `field_errors` are the
    provider's messages on rejected values, by the path of the field in the gateway's input.
    """

    code: ClassVar[ProviderErrorCode]
    is_retryable: ClassVar[bool] = False
    text: ClassVar[str]

    def __init__(
        self,
        *,
        program_key: str,
        provider_key: str,
        detail: str = "",
        provider_code: str | None = None,
        upstream_status: int | None = None,
        retry_after_seconds: int | None = None,
        was_sent: bool = True,
        was_held_back: bool = False,
        field_errors: FieldErrors | None = None,
    ) -> None:
        self.message = f"{self.text} {detail}".rstrip()
        super().__init__(self.message)
        self.program_key = program_key
        self.provider_key = provider_key
        self.provider_code = provider_code
        self.upstream_status = upstream_status
        self.retry_after_seconds = retry_after_seconds
        self.was_sent = was_sent
        self.was_held_back = was_held_back
        self.field_errors: FieldErrors = field_errors or {}

    @property
    def may_have_taken_effect(self) -> bool:
        """Whether a write that ended so may have been made all the same: it was sent, and no
        clear answer came."""
        return self.was_sent and isinstance(self, TimedOut | Unavailable | MalformedResponse)

    @property
    def is_news(self) -> bool:
        """Whether a write that ended so tells that what is kept of the program no longer holds: it
        may have been made, or what it was to change is not there any more."""
        return self.may_have_taken_effect or isinstance(self, NotFound)

    @property
    def report(self) -> Failure:
        """What to tell of it."""
        return Failure(
            code=self.code,
            message=self.message,
            is_retryable=self.is_retryable,
            retry_after_seconds=self.retry_after_seconds,
            provider_code=self.provider_code,
        )


class Unauthenticated(ProviderError):
    """The program's token is missing or not accepted."""

    code = ProviderErrorCode.UNAUTHENTICATED
    text = "The provider does not accept the gateway's token for this program."


class Forbidden(ProviderError):
    """The token lacks a scope."""

    code = ProviderErrorCode.FORBIDDEN
    text = "The gateway's token for this program is not allowed to do this."


class NotFound(ProviderError):
    """The provider does not know the thing."""

    code = ProviderErrorCode.NOT_FOUND
    text = "The provider does not know what was asked for."


class InvalidInput(ProviderError):
    """The provider rejected the values."""

    code = ProviderErrorCode.INVALID_INPUT
    text = "The provider rejected the values."


class RateLimited(ProviderError):
    """The provider asks for fewer requests."""

    code = ProviderErrorCode.RATE_LIMITED
    is_retryable = True
    text = "The provider asks for fewer requests."


class OverAllowance(RateLimited):
    """The gateway itself holds the call back, to keep within the program's allowance."""

    text = "The program's allowance of calls is used up for now."


class TimedOut(ProviderError):
    """The provider took too long."""

    code = ProviderErrorCode.TIMEOUT
    is_retryable = True
    text = "The provider took too long to answer."


class Unavailable(ProviderError):
    """The provider cannot be reached, or failed on its side."""

    code = ProviderErrorCode.UNAVAILABLE
    is_retryable = True
    text = "The provider cannot be reached or is failing."


class Rejected(ProviderError):
    """The provider refused for a reason of its own."""

    code = ProviderErrorCode.REJECTED
    text = "The provider refused."


class MalformedResponse(ProviderError):
    """The provider's answer could not be understood; another try may well be."""

    code = ProviderErrorCode.MALFORMED_RESPONSE
    is_retryable = True
    text = "The provider's answer could not be understood."
