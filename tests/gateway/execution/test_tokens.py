"""Tokens are counted without the parser as the lexer would read them."""

import time

import pytest
from graphql import GraphQLSyntaxError, Lexer, Source, TokenKind
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.errors import LimitExceeded
from gateway.execution.tokens import TOKEN, check_tokens

# What joins, ends, escapes or resembles something else in the grammar.
PIECES = [
    *'{}()[]:=!|&@$ ,\n\r\t."\\#-+eE0',
    *("...", '"""', '\\"""', '""', '\\"', "\\n", "\\u00e9", "\\u{1F600}", "é", "\ufeff"),
    *("query", "_a1", "12", "1.5", "-3", "2e10", "1.25E-3", '"text"', '"""block"""', "# said\n"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def lexed(text: str) -> tuple[list[int], bool]:
    """Where each token begins, comments included, and whether there is nothing but tokens."""
    lexer = Lexer(Source(text))
    first = lexer.token
    try:
        while lexer.advance().kind is not TokenKind.EOF:
            pass
        is_whole = True
    except GraphQLSyntaxError:
        is_whole = False
    starts = []
    token = first.next
    while token is not None and token.kind is not TokenKind.EOF:
        starts.append(token.start)
        token = token.next
    return starts, is_whole


@settings(max_examples=1000, derandomize=True, deadline=None)
@given(TEXTS)
@example('"""a\\\\"""')
@example('""""""""')
@example("[1-2]")
@example("...a...b")
def test_what_the_lexer_reads_is_counted_as_many(text: str) -> None:
    starts, is_whole = lexed(text)
    counted = [match.start(1) for match in TOKEN.finditer(text.rstrip(" \t\n\r,\ufeff"))]
    assert counted[: len(starts)] == starts
    if is_whole:
        assert len(counted) == len(starts)


def test_the_bound_itself_is_allowed() -> None:
    check_tokens("{ a b }", 4)
    with pytest.raises(LimitExceeded) as refused:
        check_tokens("{ a b }", 3)
    assert (refused.value.limit, refused.value.maximum, refused.value.actual) == ("tokens", 3, 4)


def test_no_bound_counts_nothing() -> None:
    check_tokens("a " * 100_000, 0)


@pytest.mark.parametrize(
    "text",
    [
        *('"', '\\"', '"\\', '"""', '\\"""', "#", "é", "-", ".", "1."),
        *('"\n', '""" \\', "# \r", "0e", " ", " é"),
    ],
)
def test_nothing_is_read_twice(text: str) -> None:
    began = time.monotonic()
    check_tokens('"' + text * (500_000 // len(text)), 10**9)
    # Milliseconds where it is linear, hours where it is not.
    assert time.monotonic() - began < 10
