"""From the text of a document to its tree."""

from collections.abc import Callable
from typing import TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSyntaxError,
    Location,
    NameNode,
    Source,
    TokenKind,
)
from graphql.language.parser import Parser, nested_too_deeply_error

from gateway.execution.lexer import RunLexer

T = TypeVar("T")


def parse(text: str) -> DocumentNode:
    """The document that graphql-core reads from the text, in half the time.

    Raises GraphQLSyntaxError.
    """
    source = Source(text)
    parser = _Parser(source, lexer=RunLexer(source))
    error: GraphQLSyntaxError | None = None
    try:
        return parser.parse_document()
    except RecursionError:
        error = nested_too_deeply_error(parser)
    # Raised out here, the error does not hold all frames of the recursion.
    raise error


class _Parser(Parser):
    """graphql-core's parser, that looks at a token before it calls a method to do so, where most
    of the time goes: names, fields and lists."""

    def parse_name(self) -> NameNode:
        lexer = self._lexer
        token = lexer.token
        if token.kind is not TokenKind.NAME or token.value is None:
            return super().parse_name()
        self.advance_lexer()
        return NameNode(value=token.value, loc=Location(token, token, lexer.source))

    def parse_field(self) -> FieldNode:
        lexer = self._lexer
        start = lexer.token
        alias, name = None, self.parse_name()
        if lexer.token.kind is TokenKind.COLON:
            self.advance_lexer()
            alias, name = name, self.parse_name()
        kind = lexer.token.kind
        if kind is TokenKind.NAME or kind is TokenKind.BRACE_R:
            return FieldNode(alias=alias, name=name, loc=self.loc(start))
        return FieldNode(
            alias=alias,
            name=name,
            arguments=self.parse_arguments(False),
            directives=self.parse_directives(False),
            selection_set=(
                self.parse_selection_set() if lexer.token.kind is TokenKind.BRACE_L else None
            ),
            loc=self.loc(start),
        )

    def any(
        self, open_kind: TokenKind, parse_fn: Callable[[], T], close_kind: TokenKind
    ) -> tuple[T, ...]:
        self.expect_token(open_kind)
        lexer = self._lexer
        nodes: list[T] = []
        while lexer.token.kind is not close_kind:
            nodes.append(parse_fn())
        self.advance_lexer()
        return tuple(nodes)

    def advance_lexer(self) -> None:
        lexer = self._lexer
        token = lexer.token.next
        if token is None or token.kind is TokenKind.COMMENT or token.kind is TokenKind.EOF:
            super().advance_lexer()
            return
        lexer.last_token, lexer.token = lexer.token, token
        self._token_counter += 1
