"""What went wrong with a call, as an error of its program."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from adapters._http.budget import whole_seconds
from adapters._http.retry_after import retry_after_seconds
from adapters._http.wire import Answer
from adapters.errors import (
    FieldErrors,
    Forbidden,
    InvalidInput,
    MalformedResponse,
    NotFound,
    OverAllowance,
    ProviderError,
    RateLimited,
    Rejected,
    Unauthenticated,
    Unavailable,
)
from adapters.provider import ProgramConfig

_BY_STATUS: dict[int, type[ProviderError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    422: InvalidInput,
    429: RateLimited,
}


class Refused(Exception):
    """Raised by a decoder: the answer is well-formed, has status 2xx, and says that it failed."""


@dataclass(frozen=True)
class Complaint:
    """What a provider's error body says, as far as it is fit to pass on.

    `kind` overrides what the status would mean; `detail` is a phrase of ours, or a scope name.
    """

    kind: type[ProviderError] | None = None
    provider_code: str | None = None
    detail: str = ""
    field_errors: FieldErrors = field(default_factory=dict)


class ComplaintReader(Protocol):
    """Reads a vendor's error body; never raises, whatever the bytes are."""

    def __call__(self, status: int, body: bytes) -> Complaint: ...


class Failures:
    """Makes the errors of one program, whose vendor's error bodies `read_complaint` reads."""

    def __init__(
        self,
        config: ProgramConfig,
        read_complaint: ComplaintReader,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._read_complaint = read_complaint
        self._now = now

    def of(self, kind: type[ProviderError], **about: Any) -> ProviderError:
        """One of a kind; `about` is what the kind takes beside the program."""
        return kind(program_key=self._config.key, provider_key=self._config.provider, **about)

    def told(self, answer: Answer) -> ProviderError:
        """What an answer whose status is not 2xx says."""
        status = answer.status
        complaint = self._read_complaint(status, answer.body)
        kind = complaint.kind or _BY_STATUS.get(status)
        if kind is None:
            if status >= 500:
                kind = Unavailable
            else:
                kind = Rejected if status >= 400 else MalformedResponse
        return self.of(
            kind,
            detail=complaint.detail,
            provider_code=complaint.provider_code,
            upstream_status=status,
            retry_after_seconds=retry_after_seconds(answer.headers.get("retry-after"), self._now()),
            field_errors=complaint.field_errors,
        )

    def over_budget(self, wait: float) -> ProviderError:
        """A call would wait for its turn beyond its deadline, and for so many seconds."""
        return self.of(
            OverAllowance,
            was_sent=False,
            was_held_back=True,
            retry_after_seconds=whole_seconds(wait),
        )

    def held_back(self, wait: float) -> ProviderError:
        """The circuit is open, and for so many seconds more."""
        return self.of(
            Unavailable,
            detail="Calls are held back for a while.",
            was_sent=False,
            was_held_back=True,
            retry_after_seconds=whole_seconds(wait),
        )

    def crowded(self) -> ProviderError:
        """Too many calls wait for a place."""
        return self.of(
            Unavailable,
            detail="Too many calls are waiting for it.",
            was_sent=False,
            was_held_back=True,
        )
