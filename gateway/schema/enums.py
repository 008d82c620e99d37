"""The enums of the schema: Python's own, with their descriptions."""

from collections.abc import Mapping
from enum import Enum

import strawberry

from adapters.capability import Capability
from adapters.errors import ProviderErrorCode
from adapters.model import CompletionTrigger, ReferralStatus, TierKind
from adapters.provider import HealthStatus
from gateway.caller import Scope
from gateway.merge import SourceStatus
from gateway.reports.timeline import TimelineInterval

__all__ = [
    "Capability",
    "CompletionTrigger",
    "HealthStatus",
    "ProviderErrorCode",
    "ReferralStatus",
    "Scope",
    "SourceStatus",
    "TierKind",
    "TimelineInterval",
]


def _describe(enum: type[Enum], description: str, values: Mapping[str, str]) -> None:
    """Make a Python enum one of the schema; strawberry cannot describe members from outside."""
    strawberry.enum(enum, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]


_describe(
    Capability,
    (
        "What a program can do. Worked out from the adapters; see "
        "`Program.capabilities` and `Program.computedCapabilities` for which program "
        "brings what."
    ),
    {
        "REFERRAL_SEARCH": "Referrals can be searched by name or e-mail address.",
        "REFERRALS_BY_REFERRER": "The referrals of one referrer can be listed.",
        "REFERRAL_DATES": "Referrals carry the time at which they were made and completed.",
        "TIERS": "Tiers can be listed.",
        "TIERS_WRITE": "Tiers can be created, changed, toggled and deleted.",
        "PERSON_TIERS": "The tier that a person is in can be read.",
        "PERSON_PROFILES": "A person can be looked up, with name, code and loyalty points.",
        "TIER_PROGRESS": "How far a referrer is from the next tier can be told.",
        "PERSON_LOOKUP": "People can be found by e-mail address.",
        "TIMELINE": "Referrals can be counted by day, week or month.",
        "CLAIMS": "Claimed rewards can be listed.",
        "STATISTICS": "Figures can be given.",
        "LEADERBOARD": "Referrers can be ranked.",
        "TOP_REFERRERS": "Top referrers can be detailed.",
        "CODE_VALIDATION": "Referral codes can be checked.",
        "SETTINGS_WRITE": "Settings can be changed.",
    },
)

_describe(
    ProviderErrorCode,
    "Kinds of provider failure.",
    {
        "UNAUTHENTICATED": "The gateway's token for this program is missing or not accepted.",
        "FORBIDDEN": "The token lacks a scope, such as `referrals:write`.",
        "NOT_FOUND": "The provider does not know the thing.",
        "INVALID_INPUT": "The provider rejected the values.",
        "RATE_LIMITED": "The provider asks for fewer requests.",
        "TIMEOUT": "The provider took too long.",
        "UNAVAILABLE": "The provider cannot be reached, or failed on its side.",
        "REJECTED": "The provider refused for a reason of its own; see `providerCode`.",
        "MALFORMED_RESPONSE": "The provider's answer could not be understood.",
    },
)

_describe(
    SourceStatus,
    "How a program's answer came about.",
    {
        "FRESH": "Read from the provider now, or recently enough.",
        "STALE": (
            "The provider's last good answer, older than it should be: the provider "
            "failed, or is being asked again behind this answer."
        ),
        "FAILED": "The provider failed and there is nothing from it here.",
        "UNSUPPORTED": "The program cannot do this.",
        "NOT_ASKED": "Its turn did not come on this page; it comes on a later one.",
    },
)

_describe(
    TierKind,
    "How people come into a tier.",
    {
        "REFERRAL_REWARD": "Reached by a number of successful referrals, and rewarded.",
        "STATUS": "A status that the provider gives to people by rules of its own.",
    },
)

_describe(
    ReferralStatus,
    "How far a referral has come.",
    {
        "PENDING": "The referred person still has to meet the completion rule.",
        "COMPLETED": "The completion rule is met. Pixlpay calls this `successful`.",
        "FAILED": "The referral will not complete. Piggy only.",
        "UNKNOWN": "A status that this gateway does not know yet; see `providerStatus`.",
    },
)

_describe(
    TimelineInterval,
    "How long each point of a timeline is.",
    {
        "DAY": "A day.",
        "WEEK": "A week, from Monday.",
        "MONTH": "A calendar month.",
    },
)

_describe(
    CompletionTrigger,
    "Events that make a referral count.",
    {
        "SIGNUP": "The referred person signs up. Pixlpay only.",
        "FIRST_PURCHASE": "The referred person pays an order. Pixlpay only.",
        "LOYALTY_TRANSACTIONS": (
            "The referred person makes a number of loyalty transactions. Piggy only."
        ),
        "UNKNOWN": "An event that this gateway does not know yet; see `providerType`.",
    },
)

_describe(
    HealthStatus,
    "How well a provider answers.",
    {
        "UNKNOWN": "Not asked yet.",
        "HEALTHY": "Answering.",
        "DEGRADED": "Failing now and then, or out of allowance.",
        "DOWN": "Failing so often that calls are held back for a while.",
    },
)

_describe(
    Scope,
    "What a caller may be allowed to do. None contains another.",
    {
        "REFERRALS_READ": "`referrals:read`: ask queries. Without it there is nothing.",
        "REFERRALS_WRITE": "`referrals:write`: ask mutations.",
        "PEOPLE_READ": (
            "`people:read`: see who people are, and look for them by it: names, e-mail addresses, "
            "codes, and whose a code is."
        ),
        "ADMIN": (
            "`admin`: run the gateway: its explorer, its figures, and what was read for an answer."
        ),
    },
)
