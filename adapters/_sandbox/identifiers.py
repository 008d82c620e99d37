"""Opaque identifiers made from numbers, and the numbers found again."""

from adapters._sandbox.people import spread

MODULUS = 2**48
ODD = 0x9E3779B97F4B
INVERSE = pow(ODD, -1, MODULUS)
NUMERIC_EVERY = 40
NUMERIC_BASE = 46_573_856
NUMERIC_STEP = 977


class Identifiers:
    """The identifiers of one kind of thing, told apart by `salt`.

    Most look like a UUID. One in 40 is a plain number, as in some recorded answers: they are
    opaque (FACTS P7), and whoever parses them as UUIDs shall notice.
    """

    def __init__(self, salt: int) -> None:
        self._salt = salt

    def of(self, number: int) -> str:
        """The identifier of the thing with a number from 0 up."""
        if number % NUMERIC_EVERY == NUMERIC_EVERY - 1:
            return str(NUMERIC_BASE + self._salt + number * NUMERIC_STEP)
        head = f"{spread(number, self._salt):016x}"
        tail = f"{(number + self._salt) * ODD % MODULUS:012x}"
        return f"{head[:8]}-{head[8:12]}-4{head[12:15]}-a{head[13:16]}-{tail}"

    def number(self, identifier: str) -> int | None:
        """The number behind an identifier; None when there is no such thing."""
        try:
            if identifier.isdecimal():
                number = (int(identifier) - NUMERIC_BASE - self._salt) // NUMERIC_STEP
            else:
                number = int(identifier[-12:], 16) * INVERSE % MODULUS - self._salt
        except ValueError:
            return None
        return number if number >= 0 and self.of(number) == identifier else None
