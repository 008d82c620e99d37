"""What is wrong with a document is told as graphql-core tells it by all its rules, though rules are
left out for want of what they are about, and asked of few nodes."""

import re
from contextlib import suppress
from random import Random

import pytest
from graphql import (
    ASTValidationRule,
    GraphQLError,
    GraphQLSyntaxError,
    SingleFieldSubscriptionsRule,
    parse,
    specified_rules,
    validate,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.execution.rules import rules_for
from gateway.execution.validation import LONGEST_ERRORS, MOST_ERRORS
from gateway.execution.validation import validate as validate_by
from gateway.schema import schema
from tests.gateway.execution.operations import Operations

# Of each of these are words, to be put together in any order.
WHOLE = [
    "query Q($key: String!, $n: Int = 5) { program(key: $key) { referrals(first: $n) { ...R } } }",
    "fragment R on ReferralConnection { nodes { id referrer { name @include(if: true) } } }",
    '{ programs { ... on Program @defer(label: "a") { key } tiers { nodes @stream { id } } } }',
    'mutation M { tierToggle(id: "x") { tier { id } } } subscription S { a b }',
    '{ a: __schema { types { name } } codeValidations(code: 5, code: "x") { nothing } }',
    "query { __typename } query Q { tiers(filter: {isActive: true, isActive: 1}) { id } }",
]
# Each rule is broken by one of these.
BROKEN = [
    "type T { a: Int } { programs { key } }",
    "subscription { a }",
    "query A { __typename } query A { __typename }",
    "{ __typename } query A { __typename }",
    "subscription S { a b }",
    "query ($a: Nothing) { __typename }",
    "{ programs { ... on String { key } } }",
    "query ($a: Program) { __typename }",
    "{ programs }",
    "{ programs { nothing } }",
    "fragment A on Query { __typename } fragment A on Query { __typename } { ...A }",
    "{ ...Nothing }",
    "fragment A on Query { __typename } { __typename }",
    "{ programs { ... on Tier { id } } }",
    "fragment A on Query { ...B } fragment B on Query { ...A } { ...A }",
    "query ($a: Int, $a: Int) { __typename }",
    "{ referrals(first: $a) { nodes { id } } }",
    "query ($a: Int) { __typename }",
    "{ __typename @nothing }",
    "{ __typename @skip(if: true) @skip(if: false) }",
    "mutation { ... @defer { tierDelete(id: 1) { deletedTierId } } }",
    "subscription { ... @defer { a } }",
    '{ a: programs { ... @defer(label: "x") { key } ... @defer(label: "x") { name } } }',
    "{ programs { key @stream(initialCount: 0) } }",
    "{ programs(nothing: 1) { key } }",
    '{ program(key: "a", key: "b") { key } }',
    "{ referrals(first: true) { nodes { id } } }",
    "{ program { key } }",
    "query ($a: String) { referrals(first: $a) { nodes { id } } }",
    "{ a: programs { key } a: tiers { nodes { id } } }",
    "{ tiers(filter: {isActive: true, isActive: true}) { nodes { id } } }",
    "{ __schema { types { fields { type { fields { type { fields { type { fields { name }"
    " } } } } } } } } }",
]

WORD = re.compile(r'"[^"]*"|[$@]?[A-Za-z_]\w*|\d+|\.\.\.|[^\s,]')


def kind(word: str) -> str:
    """Words of a kind may stand where another of it does, whatever that means."""
    return "name" if re.match(r"[A-Za-z_]", word) else word[0] if word[0] in '$@"' else word


WORDS: dict[str, list[str]] = {}
for each in sorted({word for text in WHOLE for word in WORD.findall(text)}):
    WORDS.setdefault(kind(each), []).append(each)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """One or two of the documents, with some words exchanged for others of their kind."""
    words = WORD.findall(" ".join(draw(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=2))))
    for number in draw(st.lists(st.integers(0, len(words) - 1), max_size=4)):
        words[number] = draw(st.sampled_from(WORDS[kind(words[number])]))
    return " ".join(words)


def told(errors: list[GraphQLError]) -> list[object]:
    return [(error.message, error.locations) for error in errors]


def compared(text: str) -> int:
    """How many errors there are, the same by graphql-core with all rules and by those for the text
    in a walk of our own."""
    document = parse(text)
    errors = told(validate(schema._schema, document, max_errors=MOST_ERRORS))
    assert told(validate_by(schema._schema, document, rules_for(text))) == errors
    return len(errors)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(texts())
def test_what_is_left_out_finds_nothing(text: str) -> None:
    with suppress(GraphQLSyntaxError):  # a keyword that became a name
        compared(text)


def test_what_is_valid_is_valid() -> None:
    for seed in range(20):
        assert compared(Operations(schema._schema, Random(seed)).query(4)) == 0


@pytest.mark.parametrize(
    "text",
    [
        "{ programs { " + " ".join(f"x{n}" for n in range(30)) + " } }",
        "{ programs { " + "... { " * 180 + "nothing" + " }" * 182,
        "{ nodes(ids: " + "[" * 60 + "nothing" + "]" * 60 + ") { id } }",
        " ".join(f"query Q{n}($a: Int, $b: Int) {{ ...F }}" for n in range(20))
        + " fragment F on Query { ...G } fragment G on Query { referrals(first: $a) { ...G } }",
        "{ ...F0 } "
        + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(220))
        + " fragment F220 on Query { __typename }",
    ],
    ids=["many errors", "deep", "deep values", "many operations", "a long chain"],
)
def test_what_is_large_is_judged_alike(text: str) -> None:
    assert compared(text)


def test_errors_that_quote_all_of_a_document_are_not_told_over_and_over() -> None:
    fields = " ".join(f"wrong{n}: 1" for n in range(500))
    text = f"{{ referrals(filter: {{ {fields} }}) {{ nodes {{ id }} }} }}"
    errors = validate_by(schema._schema, parse(text), rules_for(text))
    *all_but_last, last, aborted = [error.message for error in errors]
    assert sum(map(len, all_but_last)) <= LONGEST_ERRORS
    assert "wrong" in last
    assert "Validation aborted" in aborted


# There is nothing to subscribe to.
BREAKABLE = [rule for rule in specified_rules if rule is not SingleFieldSubscriptionsRule]


@pytest.mark.parametrize("rule", BREAKABLE)
def test_every_rule_is_asked_of_what_breaks_it(rule: type[ASTValidationRule]) -> None:
    found = [text for text in BROKEN if validate(schema._schema, parse(text), [rule])]
    assert found, "no example breaks it"
    for text in found:
        assert rule in rules_for(text)
        assert compared(text)


def test_plain_documents_are_asked_less() -> None:
    plain = "{ programs { key tiers { nodes { name } } } }"
    assert compared(plain) == 0
    assert len(rules_for(plain)) < len(specified_rules) / 2
