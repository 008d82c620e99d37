"""What a program can do, as `Capability` of the schema."""

from enum import StrEnum


class Capability(StrEnum):
    """One thing a program may or may not be able to do, in the order of the schema."""

    REFERRAL_SEARCH = "REFERRAL_SEARCH"
    REFERRALS_BY_REFERRER = "REFERRALS_BY_REFERRER"
    REFERRAL_DATES = "REFERRAL_DATES"
    TIERS = "TIERS"
    TIERS_WRITE = "TIERS_WRITE"
    PERSON_TIERS = "PERSON_TIERS"
    PERSON_PROFILES = "PERSON_PROFILES"
    TIER_PROGRESS = "TIER_PROGRESS"
    PERSON_LOOKUP = "PERSON_LOOKUP"
    TIMELINE = "TIMELINE"
    CLAIMS = "CLAIMS"
    STATISTICS = "STATISTICS"
    LEADERBOARD = "LEADERBOARD"
    TOP_REFERRERS = "TOP_REFERRERS"
    CODE_VALIDATION = "CODE_VALIDATION"
    SETTINGS_WRITE = "SETTINGS_WRITE"
