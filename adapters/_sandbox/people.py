"""Lifelike people at example domains, made from their numbers and found again by their e-mail."""

import re
import unicodedata
from functools import lru_cache

from msgspec import Struct

FIRST_NAMES = (
    "Emma", "Noah", "Zoë", "Daan", "Sofia", "Liam", "Amélie", "Lucas", "Inés", "Finn",
    "Julia", "Sem", "Chloé", "Milan", "Anna", "Levi", "Renée", "Hugo", "Mila", "José",
    "Sara", "Jonas", "Nina", "Oliver", "Eva", "Mateo", "Lotte", "Ruben", "Yara", "Thijs",
    "Fleur", "Adam", "Tess", "Elias", "Maud", "Björn", "Lena", "Max", "Iris", "André",
    "Noor", "Simon", "Elin", "Tobias", "Vera", "Samuel", "Isa", "Oskar", "Hanna", "Felix",
)  # fmt: skip
LAST_NAMES = (
    "Jansen", "Müller", "Bakker", "Rossi", "Visser", "Dubois", "Smit", "Novák", "Meijer",
    "García", "Mulder", "Larsen", "Bos", "Silva", "Vos", "Kowalski", "Peters", "Lefèvre",
    "Hendriks", "Weber", "Dekker", "Moreau", "Brouwer", "Fischer", "Dijkstra", "Marín",
    "Kok", "Andersson", "Jacobs", "Ricci", "Maas", "Nielsen", "Verhoeven", "Costa", "Prins",
    "Horvath", "Blom", "Schmidt", "Postma", "Laurent", "Kuipers", "Romano", "Veenstra",
    "Berg", "Willems", "Fontaine", "Hofman", "Keller", "Wolters", "Sanz",
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net")
PAIRS = len(FIRST_NAMES) * len(LAST_NAMES)
# Coprime with PAIRS, so that neighbours differ in both names and every pair comes up.
STRIDE = 1103
UNSTRIDE = pow(STRIDE, -1, PAIRS)
EMAIL = re.compile(r"([a-z]+)\.([a-z]+)(\d*)@.+")
MASK = 2**64 - 1


class Person(Struct, frozen=True):
    """Somebody; the e-mail address is in lower case and nobody else's."""

    first_name: str
    last_name: str
    email: str


def person(number: int) -> Person:
    """The person with a number from 0 up. After 2,500 names come again, with other addresses."""
    generation, position = divmod(number, PAIRS)
    first, last = divmod(position * STRIDE % PAIRS, len(LAST_NAMES))
    suffix = str(generation + 1) if generation else ""
    email = f"{FIRST_SLUGS[first]}.{LAST_SLUGS[last]}{suffix}@{DOMAINS[number % len(DOMAINS)]}"
    return Person(FIRST_NAMES[first], LAST_NAMES[last], email)


@lru_cache(maxsize=4096)
def number_of(email: str) -> int | None:
    """The number of the person with an address, letter case ignored; None when nobody has it."""
    email = email.strip().lower()
    match = EMAIL.fullmatch(email)
    if match is None or match[1] not in FIRST_SLUGS or match[2] not in LAST_SLUGS:
        return None
    pair = FIRST_SLUGS.index(match[1]) * len(LAST_NAMES) + LAST_SLUGS.index(match[2])
    generation = int(match[3]) - 1 if match[3] else 0
    number = generation * PAIRS + pair * UNSTRIDE % PAIRS
    return number if number >= 0 and person(number).email == email else None


def spread(number: int, salt: int) -> int:
    """A fixed number from 0 to 2**64 - 1 that looks random (the finish of splitmix64)."""
    x = (number * 0x9E3779B97F4A7C15 + salt * 0xD1342543DE82EF95) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def _slug(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


FIRST_SLUGS = tuple(map(_slug, FIRST_NAMES))
LAST_SLUGS = tuple(map(_slug, LAST_NAMES))
