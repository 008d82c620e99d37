"""Documents are read as graphql-core reads them: tokens, trees, places and faults."""

import sys
from collections.abc import Callable
from random import Random
from typing import Any

import graphql
import pytest
from graphql import DocumentNode, GraphQLSyntaxError, Lexer, Source, Token, TokenKind
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.execution.lexer import RunLexer, Text
from gateway.execution.parser import parse
from gateway.schema import schema
from tests.gateway.execution.operations import Operations
from tests.gateway.execution.test_rules import WHOLE, WORD
from tests.gateway.execution.test_tokens import PIECES

# Each is right, or wrong in a way of its own.
ODD = [
    *(
        '"\\u0041"',
        '"\\ud83d\\ude00"',
        '"\\ud83d"',
        '"\\ude00"',
        '"\\ud83dx"',
        '"\\uD83D\\u{DE00}"',
    ),
    *('"\\u{0}"', '"\\u{}"', '"\\u{d800}"', '"\\u{D8000}"', '"\\u{000041}"', '"\\u{110000}"'),
    *(
        '"\\u{10FFFF}"',
        '"\\u{000000041}"',
        '"\\u{41"',
        '"\\u00g0"',
        '"\\x"',
        '"a\\\\u{41}"',
        '"\\/"',
    ),
    *('"a\tb"', '"\\"', '"a', '"a\n"', '"\x00"', '"""a\\"""b"""', '"""a', '"""\\', '"""a""""'),
    *('"""\n  a\r\n   b\r \n"""', '""" a\n\n  b\n"""', '"""  \n  """', '"""\n\tx\n \ty"""'),
    *(
        "#\ud800",
        "# \ud83d\ude00 a\nb",
        '"\ud83d\ude00"',
        '"\ud800"',
        '"""\udc00"""',
        "\ud83d\ude00",
    ),
    *("01", "-0", "-", "1.", "1.e3", "1.5.", "1e", "1E+", "1.5e-3", "1a", "1_", "1...", "-1.0e01"),
    *("..", ".5", "....", "?", "'", "é", "\u2028", "query\ufeff", "\r\n\r\n\n\r", "&|!$="),
]
TEXTS = st.lists(st.sampled_from([*ODD, *PIECES]), max_size=20).map(" ".join) | st.lists(
    st.sampled_from([*ODD, *PIECES]), max_size=20
).map("".join)


def lexed(lexer: Lexer) -> tuple[list[Token], Any]:
    """The tokens of a text, with what is wrong behind them."""
    tokens = [lexer.token]
    fault = None
    try:
        while lexer.advance().kind is not TokenKind.EOF:
            pass
    except GraphQLSyntaxError as error:
        fault = error.message, error.locations
    while tokens[-1].next:
        assert tokens[-1].next.prev is tokens[-1]
        tokens.append(tokens[-1].next)
    return tokens, fault


@settings(max_examples=400, derandomize=True, deadline=None)
@given(TEXTS)
@example("{ a # said\n\n b: c(d: 1.5) }")
def test_tokens_and_what_is_no_token_are_the_same(text: str) -> None:
    assert lexed(RunLexer(Text(text))) == lexed(Lexer(Source(text)))


@pytest.mark.parametrize("text", ODD)
def test_what_is_odd_is_read_alike(text: str) -> None:
    for whole in (text, f"a {text} b", f"{text}{text}"):
        assert lexed(RunLexer(Text(whole))) == lexed(Lexer(Source(whole)))


def read(parse: Callable[[str], DocumentNode], text: str) -> Any:
    """A tree with places and the number of its tokens, or what is wrong with the text."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return error.message, error.locations
    return document.to_dict(locations=True), document.token_count


@st.composite
def documents(draw: st.DrawFn) -> str:
    """One of the documents, with words left out, doubled or exchanged for any other."""
    words = WORD.findall(draw(st.sampled_from(WHOLE)))
    for number in draw(st.lists(st.integers(0, len(words) - 1), max_size=3)):
        words[number] = draw(
            st.sampled_from(["", f"{words[number]} {words[number]}", *words, *"{}()[]:=@$!#"])
        )
    return draw(st.sampled_from([" ", "\n", " # said\n"])).join(words)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(documents())
@example(
    '"""Told."""\nquery Q("of it" $a: [Int!]! = [1, -2.5e3, {a: null}] @b) { a @c ... @d { e } }'
)
@example("type T implements A & B @c { a(b: Int = 1): [T!]! } extend union U = | A | B")
@example("{ a { } }")
@example("fragment on on on { on }")
def test_trees_and_what_is_no_document_are_the_same(text: str) -> None:
    assert read(parse, text) == read(graphql.parse, text)


def test_generated_operations_are_read_alike() -> None:
    for seed in range(20):
        text = Operations(schema._schema, Random(seed)).query(4)
        assert read(parse, text) == read(graphql.parse, text)


@pytest.mark.parametrize(
    "text",
    ["{a" * 150 + "}" * 150, "{a" * 250, "{a(b:" + "[" * 250, "query ($a: " + "[" * 250],
)
def test_what_is_nested_too_deeply_is_told_alike(text: str) -> None:
    assert read(parse, text) == read(graphql.parse, text)


def test_an_error_holds_no_frames_of_what_was_nested() -> None:
    with pytest.raises(GraphQLSyntaxError, match="nested too deeply") as raised:
        parse("{a" * 250)
    assert raised.value.__context__ is None
    frames = 0
    traceback = raised.value.__traceback__
    while traceback is not None:
        frames, traceback = frames + 1, traceback.tb_next
    assert frames < 10 < sys.getrecursionlimit()
