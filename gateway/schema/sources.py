"""How each program contributed, and why one did not."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.schema.describing import field
from gateway.schema.enums import ProviderErrorCode, SourceStatus

if TYPE_CHECKING:
    from gateway.schema.program import Program


@strawberry.type(description="Why a provider did not answer.")
class ProviderError:
    code: ProviderErrorCode = field("What kind of failure it was.")
    message: str = field("For people; free of secrets.")
    is_retryable: bool = field("Whether the same request may succeed later.")
    retry_after_seconds: int | None = field("How long the provider asks to wait.")
    provider_code: str | None = field("The provider's own error code, such as `1003`.")


@strawberry.type(
    description=(
        "How one program contributed to a result: the place to look for partial failure and age."
    )
)
class SourceReport:
    program: Annotated["Program", strawberry.lazy("gateway.schema.program")] = field(
        "The program that was asked."
    )
    status: SourceStatus = field("How it went.")
    fetched_at: datetime | None = field(
        "When the provider last gave this answer; null when it never did."
    )
    is_computed: bool = field(
        "Whether the gateway worked this out itself because the provider has no such report."
    )
    is_complete: bool = field(
        "Whether everything was looked at. False when the gateway stopped at its limit "
        "of upstream calls: counts are then lower bounds, and lists may miss entries."
    )
    total_count: int | None = field(
        "How many items the program has in all, where its provider says so."
    )
    error: ProviderError | None = field(
        "What went wrong; set when the status is FAILED, and when a failure kept the answer "
        "from being renewed or completed."
    )
