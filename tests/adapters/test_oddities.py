"""No inconsistency that is known of the vendors goes without a test or a reason."""

import re
from pathlib import Path

# Of the vendors' pages, not of their APIs: nothing that a running gateway could meet.
NOT_ON_THE_WIRE = (
    ("P2", "words run together on the page, header labels out of order"),
    ("P16", "a description cut short, teasers without endpoints"),
    ("X10", "examples that name one person differently: nothing is asserted across two of them"),
    ("X27", "labels glued to the text of the page"),
)
KNOWN = [f"P{n}" for n in range(1, 18)] + [f"X{n}" for n in range(1, 28)]


def test_every_known_oddity_is_tested_or_listed() -> None:
    here = Path(__file__).parent
    tested = {
        name
        for folder in ("piggy", "pixlpay")
        for path in (here / folder).glob("test_oddities*.py")
        for name in re.findall(r"^async def test_([PX]\d+)_", path.read_text(), re.MULTILINE)
    }
    listed = [name for name, _ in NOT_ON_THE_WIRE]
    assert sorted([*tested, *listed]) == sorted(KNOWN)
