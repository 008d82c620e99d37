"""What the emulated Piggy account holds. Rows are made on demand, always the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from adapters._sandbox.identifiers import Identifiers
from adapters._sandbox.people import number_of, person, spread
from adapters._sandbox.tree import ReferralTree

CANARY = "sandbox-canary-5f3759df"
"""Stands where a real contact carries log-in secrets; it must never leave the gateway."""

# One row in 100 is about a contact who was deleted since.
DELETED_EVERY, DELETED_AT = 100, 57

SHOPS: tuple[dict[str, Any], ...] = (
    {
        "uuid": "13ac4cc1-3522-4dfc-ae4a-a821e5090108",
        "name": "Coral Avenue",
        "type": "physical",
        "reference": "CORAL-1",
    },
    {
        "uuid": "5fd3322e-671e-430f-aa38-5ed02e600ff7",
        "name": "Kelp Street",
        "type": "web",
        "reference": None,
    },
)
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {
        "uuid": "539483d0-fab4-40db-add5-2ec65ef12901",
        "name": "Free Kelp Juice",
        "description": "A large kelp juice on the house",
        "voucher_limit": 1000,
        "limit_per_contact": 1,
        "expiration_duration": 86400,
        "attributes": {},
    },
)
TIERS: tuple[dict[str, Any], ...] = (
    {
        "name": "Bronze",
        "description": "Where everybody starts",
        "position": 1,
        "media": None,
        "uuid": "ea77edd4-5a5e-4a6e-aeda-55038c43c839",
    },
    {
        "name": "Silver",
        "description": "For regulars",
        "position": 2,
        "media": {"type": "image", "value": "https://media.example.com/tiers/silver.png"},
        "uuid": "0b6f4d0c-2d8e-4f5b-9a53-6c1f4f3b7d21",
    },
    {
        "name": "Gold",
        "description": None,
        "position": 3,
        "media": None,
        "uuid": "c2a9be7e-7a06-4b39-8a44-8a8f1d7c5e90",
    },
    # FACTS P17: half-made tiers come without a name and a position.
    {
        "name": "",
        "description": None,
        "media": None,
        "uuid": "7d1e3f58-90cb-4a7e-b1f6-2e6f0a8d4c13",
    },
)
SETTINGS: dict[str, Any] = {
    "completion_event": {"type": "loyalty_transaction", "data": {"number_of_transactions": 5}},
    "limit_per_contact": 10,
    "referred_contact_incentive": {
        "type": "loyalty_points",
        "data": {
            "points": 50,
            "business_profile": {"uuid": SHOPS[0]["uuid"], "name": SHOPS[0]["name"]},
        },
    },
    "referring_contact_incentive": {
        "type": "voucher",
        "data": {"promotion": {"uuid": PROMOTIONS[0]["uuid"], "name": PROMOTIONS[0]["name"]}},
    },
}


class PiggyData:
    """The contacts and referrals of an account; a contact's number is its number in the tree."""

    def __init__(self, referrals: int, now: datetime) -> None:
        self.tree = ReferralTree(referrals)
        self._now = now.replace(microsecond=0)
        self._referral_ids = Identifiers(101)
        self._contact_ids = Identifiers(202)
        self._by_status: dict[str, Sequence[int]] = {}
        self.referral = lru_cache(maxsize=16_384)(self._referral)
        self.contact = lru_cache(maxsize=4096)(self._contact)
        self.contact_count = referrals - self._deleted_before(referrals) + self.tree.roots

    def referral_uuid(self, row: int) -> str:
        """The identity of a referral."""
        return self._referral_ids.of(row)

    def status(self, row: int) -> str:
        """How far a referral has come; `in_progress` is known from the SDK alone (FACTS P10)."""
        share = spread(row, 1) % 100
        if share < 58:
            return "completed"
        if share < 88:
            return "pending"
        return "failed" if share < 96 else "in_progress"

    def rows(self, referrer: str | None, status: str | None) -> Sequence[int]:
        """The rows that pass a filter, newest first."""
        if referrer is None:
            if status is None:
                return range(self.tree.referrals)
            if status not in self._by_status:
                rows = range(self.tree.referrals)
                self._by_status[status] = [row for row in rows if self.status(row) == status]
            return self._by_status[status]
        contact = self.find(referrer)
        rank = None if contact is None else self.tree.rank_of(contact)
        if rank is None:
            return ()
        return [row for row in self.tree.rows_by(rank) if status in (None, self.status(row))]

    def find(self, uuid: str) -> int | None:
        """The contact with an identifier; None when unknown or deleted."""
        return self._living(self._contact_ids.number(uuid))

    def find_by_email(self, email: str) -> int | None:
        """The contact with an e-mail address, letter case ignored."""
        number = number_of(email)
        # Odd numbers are other vendors' people.
        return None if number is None or number % 2 else self._living(number // 2)

    def contact_at(self, position: int) -> int:
        """The contact in a place of the list of all, 0 to `contact_count` - 1, oldest first."""
        if position < self.tree.roots:
            return position
        # Counted from the newest, as deleted rows are.
        living = self.contact_count - 1 - position
        block, place = divmod(living, DELETED_EVERY - 1)
        return self.tree.joined(block * DELETED_EVERY + place + (place >= DELETED_AT))

    def credit_balance(self, number: int) -> int:
        """A contact's loyalty points."""
        return spread(number, 4) % 3000

    def tier_of(self, number: int) -> dict[str, Any] | None:
        """A contact's tier; None for a quarter, nameless for a few (FACTS P17)."""
        share = spread(number, 3) % 100
        if share < 25:
            return None
        return TIERS[(share >= 60) + (share >= 85) + (share >= 97)]

    def _contact(self, number: int) -> dict[str, Any]:
        """A contact in full."""
        who = person(2 * number)
        uuid = self._contact_ids.of(number)
        tier = self.tier_of(number)
        points, cents = self.credit_balance(number), spread(number, 5) % 40 * 250
        created_at = (self._now - timedelta(days=800) + timedelta(minutes=number)).isoformat()
        values: dict[str, Any] = {
            "uuid": uuid,
            "email": who.email,
            "firstname": who.first_name,
            "lastname": who.last_name,
            "locale": None,
            "status": "ACTIVE",
            "is_anonymous": False,
            "created_at": created_at,
            "updated_at": created_at,
            "loyalty_balance": points,
            "prepaid_balance": cents / 100,
            "custom_app_login_url": f"https://shop.example.com/home?token={CANARY}",
            "custom_app_login_code": CANARY,
        }
        if number % 10 != 9:
            values["referral_code"] = f"{who.email[:4].upper()}{number:05d}"
        display = {key: "" if value is None else str(value) for key, value in values.items()}
        return {
            "id": 2_600_000 + number,
            "uuid": uuid,
            "email": who.email,
            "attributes": [],
            "tier": tier,
            "subscriptions": [
                {
                    "is_subscribed": number % 3 == 0,
                    "status": "SUBSCRIBED" if number % 3 == 0 else "UNSUBSCRIBED",
                    "subscription_type": {"id": 1, "uuid": None, "name": "Marketing"},
                }
            ],
            "credit_balance": {"balance": points, "id": 3_600_000 + number},
            "prepaid_balance": {"balance_in_cents": cents},
            "current_values": values,
            "current_display_values": display,
        }

    def _referral(self, row: int) -> dict[str, Any]:
        return {
            "uuid": self.referral_uuid(row),
            "referring_contact": self._reference(self.tree.referrer(row)),
            "referred_contact": self._reference(self.tree.joined(row)),
            "status": self.status(row),
        }

    def _reference(self, number: int) -> dict[str, Any] | None:
        if self._living(number) is None:
            return None
        return {"uuid": self._contact_ids.of(number), "email": person(2 * number).email}

    def _living(self, number: int | None) -> int | None:
        if number is None or number >= self.tree.people:
            return None
        row = self.tree.row_of(number)
        return None if row is not None and row % DELETED_EVERY == DELETED_AT else number

    @staticmethod
    def _deleted_before(row: int) -> int:
        return (row + DELETED_EVERY - 1 - DELETED_AT) // DELETED_EVERY
