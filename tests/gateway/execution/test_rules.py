"""A document breaks no rule that is left out for want of what the rule is about."""

import re
from contextlib import suppress

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
from gateway.schema import schema

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
    """How many errors there are, the same under all rules and under those for the text."""
    document = parse(text)
    errors = told(validate(schema._schema, document))
    assert told(validate(schema._schema, document, rules_for(text))) == errors
    return len(errors)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(texts())
def test_what_is_left_out_finds_nothing(text: str) -> None:
    with suppress(GraphQLSyntaxError):  # a keyword that became a name
        compared(text)


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
