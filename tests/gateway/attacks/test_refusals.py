"""What is refused is refused soon, however much work it was put together to be: before any call."""

import time
from statistics import median
from typing import Any

import pytest

from tests.gateway.attacks.attacked import Attacked

# The figure to keep to is 50 ms on a machine that does nothing else. This bears one that is busy,
# and still tells what takes its time by the square of its length.
LONGEST = 2.0

# Too dear, so that what stands beside it is read, validated and priced before that is known.
DEAR = """referrals(first: 100) { nodes { referrer { name tier { id } counterparts { nodes { name
  referrals(first: 100) { nodes { referrer { name } } } } } } } }"""
ROW = "id status referrer { name email tier { id name } } referred { name } program { key name }"


def numbered(text: str, number: int) -> str:
    """So many of a text, each with its number."""
    return " ".join(text.replace("#", str(n)) for n in range(number))


def at_the_root(fields: str) -> str:
    return f"{{ {fields} }}"


def of_programs(fields: str) -> str:
    return f"{{ programs {{ {fields} }} }}"


TEXTS = numbered('"k#"', 1_850)
DOCUMENTS: dict[str, tuple[str, str]] = {
    "equal fields": (of_programs("key " * 1_900), "field_pairs"),
    "equal fields at the root": (at_the_root("__typename " * 1_900), "root_fields"),
    "aliases": (at_the_root(numbered("a#: __typename", 630)), "aliases"),
    "unknown fields": (of_programs(numbered("x#", 1_900)), "GRAPHQL_VALIDATION_FAILED"),
    "wide rows": (at_the_root(f"programs {{ {DEAR} tiers {{ nodes {{ id }} }} }} " * 19), "calls"),
    "rows": (of_programs(f"referrals(first: 100) {{ nodes {{ {ROW} }} }} " * 40), "field_pairs"),
    "no end": (of_programs("... { key } " * 380)[:-2], "GRAPHQL_PARSE_FAILED"),
    "texts in a list": (
        f"{{ programs {{ {DEAR} }} referrals(programs: [{TEXTS}]) {{ totalCount }} }}",
        "calls",
    ),
    "1,900 ids": (f"{{ nodes(ids: [{TEXTS}]) {{ id }} }}", "BAD_USER_INPUT"),
    "texts of texts": (
        "{ nodes(ids: [" + '"""\n  a\n b""" ' * 1_900 + "]) { id } }",
        "BAD_USER_INPUT",
    ),
    "variables": (
        f"query ({numbered('$v#: String!', 250)}) {{ programs {{ {DEAR} }}"
        f" referrals(programs: [{numbered('$v#', 250)}]) {{ totalCount }} }}",
        "BAD_USER_INPUT",
    ),
    "operations with one variable": (
        numbered("query Q#($v: String!) { ...F }", 70)
        + f" fragment F on Query {{ referrals(programs: [{'$v ' * 480}]) {{ totalCount }} }}",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "fragments that spread all later ones": (
        of_programs("...F0")
        + " ".join(
            f"fragment F{n} on Program {{ {' '.join(f'...F{m}' for m in range(n + 1, 35))} }}"
            for n in range(34)
        )
        + " fragment F34 on Program { key }",
        "field_pairs",
    ),
    "fragments that are merged": (
        of_programs(numbered("...F#", 45))
        + numbered(
            "fragment F# on Program { tiers { nodes { id name program { key name } } } }", 45
        ),
        "field_pairs",
    ),
    "a fragment used by each other": (
        of_programs("...F0")
        + " ".join(f"fragment F{n} on Program {{ ...F{n + 1} ...F{n + 1} }}" for n in range(190))
        + " fragment F190 on Program { key }",
        "values",
    ),
    "an object of unknown fields": (
        f"{{ referrals(filter: {{ {numbered('x#: 1', 640)} }}) {{ totalCount }} }}",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "a long name": (of_programs("n" * 250_000), "GRAPHQL_VALIDATION_FAILED"),
    "a long text": (
        f'{{ referrals(first: "{"x" * 250_000}") {{ totalCount }} }}',
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "a long text without an end": ('{ program(key: "' + "x" * 250_000, "GRAPHQL_PARSE_FAILED"),
    "a text of lines": (
        '{ program(key: """' + "  x\n" * 49_000 + '""") { nothing } }',
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "escapes, the last one wrong": (
        '{ program(key: "' + "\\u0061" * 36_000 + '\\ud800") { key } }',
        "GRAPHQL_PARSE_FAILED",
    ),
    "a long comment": (
        "{ #" + "x" * 250_000 + "\n nothing }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "faults behind 120,000 lines": (
        "\n" * 120_000 + of_programs(numbered("x#: key x#: name", 14)),
        "GRAPHQL_VALIDATION_FAILED",
    ),
}

INPUT = "query ($input: ReferralFilter) { referrals(filter: $input) { totalCount } }"
IDS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


VARIABLES: dict[str, tuple[str, dict[str, Any], str]] = {
    "50,000 ids": (IDS, {"ids": ["x"] * 50_000}, "tokens"),
    "50,000 ids that are none": (IDS, {"ids": [0.5] * 50_000}, "tokens"),
    "14,000 unknown fields": (
        INPUT,
        {"input": {f"statu{n}": 1 for n in range(14_000)}},
        "tokens",
    ),
    "20,000 undeclared": (IDS, {f"x{n}": 1 for n in range(20_000)}, "tokens"),
    "1,990 ids": (IDS, {"ids": ["x"] * 1_990}, "BAD_USER_INPUT"),
    "1,990 ids that are none": (IDS, {"ids": [0.5] * 1_990}, "BAD_USER_INPUT"),
    "990 unknown fields": (
        INPUT,
        {"input": {f"statu{n}": 1 for n in range(990)}},
        "BAD_USER_INPUT",
    ),
    "a long unknown field": (INPUT, {"input": {"s" * 250_000: 1}}, "BAD_USER_INPUT"),
    "a long unknown value": (INPUT, {"input": {"status": "S" * 250_000}}, "BAD_USER_INPUT"),
    "lists in lists": (IDS, {"ids": [[[[[["x"]]]]]] * 300}, "BAD_USER_INPUT"),
}


def refused(attacked: Attacked, document: str, **more: Any) -> str:
    """The limit or the code that a request is refused with, in time and without a call."""
    calls = attacked.calls
    took = []
    for number in range(3):
        begun = time.monotonic()
        response = attacked.ask(f"{document} # {number}", **more)  # none was read before
        took.append(time.monotonic() - begun)
        assert not response.json().get("data"), response.text
        assert len(response.content) < 64_000
    assert attacked.calls == calls
    assert median(took) < LONGEST
    about = response.json()["errors"][0]["extensions"]
    return str(about.get("limit", about["code"]))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_at_length(attacked: Attacked, name: str) -> None:
    document, why = DOCUMENTS[name]
    assert refused(attacked, document) == why


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_at_length(attacked: Attacked, name: str) -> None:
    document, variables, why = VARIABLES[name]
    assert refused(attacked, document, variables=variables) == why
