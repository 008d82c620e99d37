"""Documents that are too large, however they are put together: refused before any call."""

from collections.abc import Callable

import pytest
from graphql import get_introspection_query

from tests.gateway.attacks.attacked import Attacked, error_of, limit_of


def nested(depth: int) -> str:
    """A query that selects a field at so many fields deep, from 12."""
    inner = "key"
    for _ in range(depth - 12):
        inner = f"provider {{ {inner} }}"
    steps = ["programs", *["tiers", "nodes", "program"] * 3]
    return "{" + "{".join([*steps, f"provider {{ {inner} }}"]) + "}" * (len(steps) + 1)


def in_fragments(fields: list[str]) -> str:
    """The fields of the root, each in a fragment that the one before spreads."""
    fragments = [
        f"fragment F{n} on Query {{ {field} ...F{n + 1} }}" for n, field in enumerate(fields)
    ]
    end = f"fragment F{len(fields)} on Query {{ ... on Query {{ __typename }} }}"
    return " ".join(["{ ...F0 }", *fragments, end])


def aliases(number: int) -> str:
    per_program = number // 2 - 1
    fields = " ".join(f"k{n}: key" for n in range(per_program))
    rest = number - 2 - 2 * per_program
    extra = " ".join(f"e{n}: __typename" for n in range(rest))
    return (
        f'{{ a: program(key: "a") {{ ...F }} b: program(key: "b") {{ ...F }} {extra} }}'
        f" fragment F on Program {{ {fields} }}"
    )


def root_fields(number: int) -> str:
    fields = " ".join(["programs { key }"] * (number - 2))
    return f"{{ {fields} ...F ... {{ ...F }} }} fragment F on Query {{ __typename }}"


def directives(number: int) -> str:
    """So many directives, most of them two at a time in a fragment, with one where it is spread."""
    spreads, rest = divmod(number, 3)
    spread = "... @include(if: true) { ...F } " * spreads + "... @include(if: true) { key } " * rest
    return f"{{ programs {{ {spread} }} }} fragment F on Program {{ {TWO} }}"


def tokens(number: int) -> str:
    """A document of so many tokens, most of them in a list of texts."""
    fixed = len(["{", "nodes", "(", "ids", ":", "[", "]", ")", "{", "id", "}", "}"])
    return "{ nodes(ids: [" + '"" ' * (number - fixed) + "]) { id } }"


def field_pairs(fields: int) -> str:
    return "{ programs { " + "key " * fields + "} }"


def introspection(lists: int) -> str:
    """Types of types: as deep as may be at first, and then deeper."""
    deep = "ofType { " * lists + "name" + " }" * lists
    return f"{{ __schema {{ types {{ fields {{ type {{ {deep} }} }} }} }} }}"


TWO = "name @skip(if: false) @include(if: true)"

LIMITS: list[tuple[str, int, str, str]] = [
    ("tokens", 2000, tokens(2000), tokens(2001)),
    ("depth", 12, nested(12), nested(13)),
    ("aliases", 30, aliases(30), aliases(31)),
    ("root_fields", 20, root_fields(20), root_fields(21)),
    ("directives", 50, directives(50), directives(51)),
    ("field_pairs", 5_000, field_pairs(100), field_pairs(101)),
    ("introspection_depth", 16, introspection(11), introspection(12)),
]
IDS = [limit for limit, *_ in LIMITS]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(("limit", "most", "within", "beyond"), LIMITS, ids=IDS)
def test_a_document_at_the_limit_is_judged_and_one_beyond_is_refused(
    attacked: Attacked, method: str, limit: str, most: int, within: str, beyond: str
) -> None:
    calls = attacked.calls
    name, maximum, actual = limit_of(attacked.ask(beyond, method=method))
    assert (name, maximum) == (limit, most)
    assert actual == most + 1
    assert attacked.calls == calls
    # What is at the limit may still cost too much, and is not valid where it is made up.
    errors = attacked.ask(within, method=method).json().get("errors", [])
    assert limit not in [error["extensions"].get("limit") for error in errors]


def test_the_standard_introspection_is_answered(attacked: Attacked) -> None:
    answer = attacked.ask(get_introspection_query())
    assert answer.json()["data"]["__schema"]["types"]


def test_lists_of_types_within_each_other_are_refused(attacked: Attacked) -> None:
    query = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert "introspection depth" in error_of(attacked.ask(query), 400)["message"]


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        (["a: __typename"] * 31, "aliases"),
        (["programs { key }"] * 21, "root_fields"),
        (["programs @skip(if: false) { key }"] * 20, "root_fields"),
    ],
)
def test_what_is_spread_over_a_chain_of_fragments_counts(
    attacked: Attacked, fields: list[str], limit: str
) -> None:
    assert limit_of(attacked.ask(in_fragments(fields)))[0] in (limit, "root_fields")


def test_a_long_chain_of_fragments_is_answered(attacked: Attacked) -> None:
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(100))
    document = f"{{ ...F0 }} {chain} fragment F100 on Query {{ __typename }}"
    assert attacked.ask(document).json() == {"data": {"__typename": "Query"}}


def doubling(fragments: int, last: str, on: str, root: str) -> str:
    """Each fragment spreads the next one twice: 2 to the power of so many, once written out."""
    chain = " ".join(
        f"fragment F{n} on {on} {{ ...F{n + 1} ...F{n + 1} }}" for n in range(fragments)
    )
    return f"{root} {chain} fragment F{fragments} on {on} {{ {last} }}"


@pytest.mark.parametrize("fragments", [10, 20, 30, 40, 150])
@pytest.mark.parametrize(
    ("last", "on", "root", "limit"),
    [
        ("programs { key }", "Query", "{ ...F0 }", "root_fields"),
        ("a: key", "Program", "{ programs { ...F0 } }", "aliases"),
        ("key @skip(if: false)", "Program", "{ programs { ...F0 } }", "directives"),
        ("health { status }", "Program", "{ programs { ...F0 } }", None),
        ("key", "Program", "{ programs { ...F0 } }", None),
        ("queryType { name }", "__Schema", "{ __schema { ...F0 } }", None),
    ],
)
def test_doubling_fragments_are_judged_at_once(
    attacked: Attacked, fragments: int, last: str, on: str, root: str, limit: str | None
) -> None:
    response = attacked.ask(doubling(fragments, last, on, root))
    if limit is not None:
        assert limit_of(response)[0] == limit
    elif "health" in last and fragments > 14:
        assert limit_of(response)[0] == "objects"
    elif last == "key" and fragments > 16:  # equal fields are one, but are counted as several
        assert limit_of(response)[0] == "values"
    else:
        assert response.json()["data"]


@pytest.mark.parametrize(
    "document",
    [
        "{ ...F } fragment F on Query { ...F }",
        "{ ...F } fragment F on Query { ...G a: __typename } fragment G on Query { ...F ...F }",
        "{ ...F } fragment F on Query { programs { tiers { nodes { program { ...G } } } } }"
        " fragment G on Program { tiers { nodes { program { ...G } } } }",
        "{ __typename } fragment F on Query { ...F ...F }",
    ],
)
def test_fragments_within_themselves_are_invalid(attacked: Attacked, document: str) -> None:
    response = attacked.ask(document)
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert (response.status_code, codes) == (400, {"GRAPHQL_VALIDATION_FAILED"})


@pytest.mark.parametrize(
    ("document", "limit"),
    [
        (lambda: "{ " + " ".join(f"a{n}: __typename" for n in range(10_000)) + " }", "tokens"),
        (lambda: "{ " + "a " * 120_000 + "}", "tokens"),
        (lambda: "#\n" * 80_000 + "{ __typename }", "tokens"),
        (lambda: "{ " + " ".join(f"a{n}: __typename" for n in range(600)) + " }", "aliases"),
        (lambda: "query (" + "$a: Int " * 30_000 + ") { __typename }", "tokens"),
        (lambda: "{ programs { " + "provider { key } " * 490 + "} }", "field_pairs"),
    ],
    ids=["10,000 aliases", "many tokens", "comments", "aliases", "variables", "equal fields"],
)
def test_masses_are_refused(attacked: Attacked, document: Callable[[], str], limit: str) -> None:
    calls = attacked.calls
    assert limit_of(attacked.ask(document()))[0] == limit
    assert attacked.calls == calls


def test_two_hundred_thousand_tokens_are_refused_however_short(attacked: Attacked) -> None:
    document = "{ nodes(ids: [" + "[]" * 100_000 + "]) { id } }"
    assert limit_of(attacked.ask(document)) == ("tokens", 2000, 2001)


@pytest.mark.parametrize(
    "document",
    [
        "{a" * 100_000,
        "{ nodes(ids: " + "[" * 100_000,
        "query ($x: " + "[" * 100_000,
        "{ a(b: " + "{c: " * 50_000,
        "{ a" + "@b(c: {d: " * 20_000,
        "{ ... " * 40_000,
    ],
    ids=["selections", "lists", "types", "objects", "directives", "inline fragments"],
)
def test_nesting_without_end_is_no_document(attacked: Attacked, document: str) -> None:
    error = error_of(attacked.ask(document), 400)
    assert error["extensions"]["code"] in ("GRAPHQL_PARSE_FAILED", "LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    "document",
    [
        "query A { __typename } query A { __typename }",
        "{ __typename } { __typename }",
        "{ ...F } fragment F on Query { __typename } fragment F on Query { __typename }",
        "{ program(key: " + "1" * 200_000 + ") { key } }",
        "{ referrals(first: " + "1" * 200_000 + ") { nodes { id } } }",
        "{ referrals(first: -" + "9" * 5_000 + ") { nodes { id } } }",
        "{ timeline(from: 1e999) { points { date } } }",
        '{ program(key: "\ud800") { key } }'.encode("utf-8", "surrogatepass").decode("latin-1"),
        "mutation { "
        + 'tierCreate(programId: "x", input: {'
        + " ".join(f"a{n}: 1" for n in range(400))
        + "}) { errors { message } } }",
    ],
)
def test_what_is_not_valid_is_told(attacked: Attacked, document: str) -> None:
    calls = attacked.calls
    response = attacked.ask(document)
    assert response.status_code in (200, 400), response.text
    assert "INTERNAL_SERVER_ERROR" not in response.text
    assert attacked.calls == calls


@pytest.mark.parametrize(
    "filling",
    [" " * 250_000, "," * 250_000, "#" + "x" * 250_000 + "\n", "\n" * 120_000, "\ufeff" * 50_000],
    ids=["blanks", "commas", "a comment", "lines", "byte order marks"],
)
def test_nothing_at_length_is_read_past(attacked: Attacked, filling: str) -> None:
    answer = attacked.ask(f"{{ {filling} __typename }}")
    assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("text", ["x" * 250_000, '""' + "x\n" * 80_000 + '""', "\\n" * 60_000])
def test_long_texts_are_read(attacked: Attacked, text: str) -> None:
    answer = attacked.ask(f'{{ program(key: "{text}") {{ key }} }}')
    assert answer.json() == {"data": {"program": None}}
