"""The customers and referrals of the emulated Pixlpay store. Rows are made on demand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from adapters._sandbox.people import number_of, person, spread
from adapters._sandbox.tree import ReferralTree

SPAN_SECONDS = 365 * 24 * 3600
DAY_SECONDS = 24 * 3600
ADJECTIVES = (
    "Swift", "Pixel", "Silent", "Lucky", "Frosty", "Crimson", "Mighty", "Sneaky", "Golden",
    "Turbo", "Cosmic", "Shadow", "Jolly", "Electric", "Brave", "Velvet",
)  # fmt: skip
ANIMALS = (
    "Otter", "Falcon", "Badger", "Wolf", "Panda", "Raven", "Lynx", "Turtle", "Fox", "Viper",
    "Moose", "Gecko", "Shark", "Hawk", "Yak", "Mantis", "Koala", "Crow", "Bison",
)  # fmt: skip
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODES = 32**8
CODE_ODD = 0x5DEECE66D1
CODE_INVERSE = pow(CODE_ODD, -1, CODES)
TOP_CODE = "ABC12345"
TOP = ("TopReferrer", "referrer@example.com")
NEWEST = ("Player123", "player@example.com")


def timestamp(value: datetime) -> str:
    """An instant as the referrals page writes it."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class PixlpayData:
    """The people of a store and who referred whom.

    A customer's id is their number in the tree plus one, and a referral's id is that of the
    referred customer (FACTS X6, X9). Customer 1 is the vendor page's TopReferrer, the newest its
    Player123. Every third customer has the e-mail address of a contact of the Piggy sandbox, some
    in other letter case.
    """

    def __init__(self, referrals: int, now: datetime) -> None:
        self.tree = ReferralTree(referrals)
        self._now = now
        self._by_status: dict[str, Sequence[int]] = {}
        self.referral = lru_cache(maxsize=16_384)(self._referral)
        self.who = lru_cache(maxsize=16_384)(self._who)

    def rows(self, status: str | None, search: str) -> Sequence[int]:
        """The rows that pass a filter, newest first."""
        rows: Sequence[int] = range(self.tree.referrals)
        if status is not None:
            if status not in self._by_status:
                self._by_status[status] = [row for row in rows if self.status(row) == status]
            rows = self._by_status[status]
        if not search:
            return rows
        return [row for row in rows if search.lower() in self._searched(row)]

    def customers(self, search: str, email: str | None) -> Sequence[int]:
        """The numbers of customers who pass a filter, oldest first."""
        if email is not None:
            number = self.find_by_email(email)
            return () if number is None or not self._is_found(number, search) else (number,)
        numbers = range(self.tree.people)
        if not search:
            return numbers
        return [number for number in numbers if self._is_found(number, search)]

    def find_by_email(self, email: str) -> int | None:
        """The customer with an e-mail address, letter case ignored."""
        email = email.strip().lower()
        if email == TOP[1]:
            return 0
        if email == NEWEST[1]:
            return self._newest()
        shared = number_of(email)
        number = None if shared is None else shared // 2
        if number is None or number >= self.tree.people:
            return None
        return number if self.who(number)[1].lower() == email else None

    def find_by_code(self, code: str) -> int | None:
        """The customer with a referral code."""
        if code == TOP_CODE:
            return 0
        if len(code) != 8 or any(letter not in CODE_LETTERS for letter in code):
            return None
        packed = 0
        for letter in code:
            packed = packed * 32 + CODE_LETTERS.index(letter)
        number = packed * CODE_INVERSE % CODES
        return number if 0 < number < self.tree.people else None

    def status(self, row: int) -> str:
        """Whether the referred customer has paid an order."""
        is_paid = spread(row, 11) % 100 < 65 and self._age(row) > DAY_SECONDS
        return "successful" if is_paid else "pending"

    def referred_at(self, row: int) -> datetime:
        """When a row came to be; more often lately than a year ago."""
        return self._now - timedelta(seconds=self._age(row))

    def first_order_at(self, row: int) -> datetime | None:
        """When the referred customer first paid; None for pending rows."""
        if self.status(row) == "pending":
            return None
        wait = 600 + spread(row, 12) % min(6 * DAY_SECONDS, self._age(row) - 600)
        return self.referred_at(row) + timedelta(seconds=wait)

    def joined_at(self, number: int) -> datetime:
        """When a customer signed up; roots did over a year ago."""
        row = self.tree.row_of(number)
        if row is not None:
            return self.referred_at(row)
        return self._now - timedelta(days=500) + timedelta(minutes=number)

    def code(self, number: int) -> str:
        """A customer's referral code."""
        if number == 0:
            return TOP_CODE
        packed = number * CODE_ODD % CODES
        return "".join(CODE_LETTERS[packed >> shift & 31] for shift in range(35, -5, -5))

    def successes(self, rank: int) -> int:
        """How many successful referrals the referrer at a rank has."""
        return sum(self.status(row) == "successful" for row in self.tree.rows_by(rank))

    def best(self, limit: int) -> list[tuple[int, int]]:
        """Rank and number of successful referrals of the best referrers, best first."""
        found: list[tuple[int, int]] = []
        for rank in range(self.tree.referrers):
            # Ranks only get shorter, so that sooner or later nobody can get in any more.
            if len(found) >= limit and self.tree.count_at_most(rank) < found[limit - 1][1]:
                break
            if successes := self.successes(rank):
                found.append((rank, successes))
                found.sort(key=lambda entry: (-entry[1], entry[0]))
                del found[limit:]
        return found

    def referrer(self, number: int) -> dict[str, Any]:
        """A customer as a referrer."""
        name, email = self.who(number)
        return {"id": number + 1, "name": name, "email": email, "referral_code": self.code(number)}

    def _referral(self, row: int) -> dict[str, Any]:
        number = self.tree.joined(row)
        name, email = self.who(number)
        first_order_at = self.first_order_at(row)
        return {
            "id": number + 1,
            "name": name,
            "email": email,
            "referred_at": timestamp(self.referred_at(row)),
            "referrer": self.referrer(self.tree.referrer(row)),
            "status": self.status(row),
            "first_order_at": None if first_order_at is None else timestamp(first_order_at),
        }

    def _who(self, number: int) -> tuple[str, str]:
        """Name and e-mail address of a customer."""
        if number == 0:
            return TOP
        if number == self._newest():
            return NEWEST
        mixed = spread(number, 13)
        name = ADJECTIVES[mixed % len(ADJECTIVES)] + ANIMALS[mixed // 64 % len(ANIMALS)]
        # The Piggy sandbox has the even ones.
        email = person(2 * number + (number % 3 != 0)).email
        return f"{name}{mixed // 8192 % 90 + 10}", email.title() if number % 12 == 0 else email

    def _newest(self) -> int:
        return self.tree.people - 1

    def _age(self, row: int) -> int:
        """Seconds from a row to now, growing with the row."""
        count = self.tree.referrals
        return 3600 + SPAN_SECONDS * (row * row + row * count) // (2 * count * count)

    def _searched(self, row: int) -> str:
        referrer = self.who(self.tree.referrer(row))
        return "\n".join((*self.who(self.tree.joined(row)), referrer[1])).lower()

    def _is_found(self, number: int, search: str) -> bool:
        return search.lower() in "\n".join(self.who(number)).lower()
