"""The questions that are put to every server, and what each takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

QUERIES = Path(__file__).parent / "queries"

CORAL_AVENUE = "coral-avenue"
"""The program at Piggy."""
BLOCK_HAVEN = "block-haven"
"""The program at Pixlpay."""


@dataclass(frozen=True)
class Question:
    """An operation, and the upstream calls that it takes when nothing is kept: so many side by
    side, and then, when they are answered, the next of the `chain`."""

    name: str
    text: str
    chain: tuple[int, ...]
    about: str

    @property
    def calls(self) -> int:
        """How many they are."""
        return sum(self.chain)


def request(text: str, variables: Mapping[str, object] | None = None) -> bytes:
    """The bytes of an HTTP request that asks a GraphQL server, over a connection that stays."""
    body = orjson.dumps({"query": text} | ({"variables": variables} if variables else {}))
    head = (
        "POST /graphql HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "Accept: application/json\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _question(name: str, chain: tuple[int, ...], about: str) -> Question:
    return Question(name, (QUERIES / f"{name.lower()}.graphql").read_text(), chain, about)


Q1 = _question("Q1", (7,), "a dashboard: 200 referrals, about 50 kB")
Q2 = _question("Q2", (2,), "small: the rules of both programs")
Q3 = _question("Q3", (1, 10), "50 referrals with the profiles of their 10 referrers")

QUESTIONS = (Q1, Q2, Q3)
