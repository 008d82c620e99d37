"""Who referred whom, as arithmetic: any part of a tree of a million costs no more than its size."""

from collections.abc import Sequence
from math import gcd, isqrt


class ReferralTree:
    """A fixed tree of `referrals` rows, newest first, row 0 to `referrals` - 1.

    People have numbers from 0 to `people` - 1, in the order in which they joined: first the
    `roots`, whom nobody referred, then one for each row, oldest row first. About every sixth is a
    referrer; rank 0 is the referrer with the most rows, the others follow by a square law. The
    oldest twentieth of the rows came through rank 0, and those people became the referrers of
    ranks 3, 7, 11...: so a referrer always joined before those whom they refer.
    """

    def __init__(self, referrals: int) -> None:
        self.referrals = referrals
        self.referrers = max(1, referrals // 5)
        self._chained = self.referrers // 4
        self._scattered = referrals - self._chained
        self.roots = self.referrers - self._chained
        self.people = self.roots + referrals
        modulus = max(1, self._scattered)
        # Near the golden section, neighbouring rows are far apart in rank.
        self._stride = max(1, modulus * 618 // 1000)
        while gcd(self._stride, modulus) != 1:
            self._stride += 1
        self._unstride = pow(self._stride, -1, modulus)

    def joined(self, row: int) -> int:
        """The person whom a row is about."""
        return self.people - 1 - row

    def row_of(self, person: int) -> int | None:
        """The row that a person joined by; None for roots."""
        return self.people - 1 - person if self.roots <= person < self.people else None

    def referrer(self, row: int) -> int:
        """The person who referred in a row."""
        return self.person_at(self._rank(row))

    def person_at(self, rank: int) -> int:
        """The referrer at a rank."""
        chained, place = divmod(rank, 4)
        return self.roots + chained if place == 3 else rank - chained

    def rank_of(self, person: int) -> int | None:
        """The rank of a person; None when they referred nobody."""
        if person < self.roots:
            return person + person // 3
        chained = person - self.roots
        return 4 * chained + 3 if chained < self._chained else None

    def rows_by(self, rank: int) -> Sequence[int]:
        """The rows of the referrer at a rank, newest first."""
        places = range(self._first_place(rank), self._first_place(rank + 1))
        rows = sorted(place * self._unstride % self._scattered for place in places)
        if rank == 0:
            rows.extend(range(self._scattered, self.referrals))
        return rows

    def count_at_most(self, rank: int) -> int:
        """No referrer at this rank or a higher one has more rows than this."""
        if rank == 0:
            return self.referrals
        return self._first_place(rank + 1) - self._first_place(rank) + 1

    def _rank(self, row: int) -> int:
        if row >= self._scattered:
            return 0
        place = row * self._stride % self._scattered
        return self.referrers * place * place // (self._scattered * self._scattered)

    def _first_place(self, rank: int) -> int:
        """The smallest place whose `_rank` is `rank`."""
        least_square = -(-rank * self._scattered * self._scattered // self.referrers)
        return isqrt(least_square - 1) + 1 if least_square > 0 else 0
