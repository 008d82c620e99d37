"""From the text of a document to its tree."""

from collections.abc import Callable
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    Location,
    NameNode,
    Node,
    SelectionNode,
    StringValueNode,
    TokenKind,
    ValueNode,
)
from graphql.language.parser import Parser, nested_too_deeply_error

from gateway.execution.lexer import RunLexer, Text

T = TypeVar("T")
N = TypeVar("N", bound=Node)

# An Enum takes longer to look its members up.
_NAME, _STRING, _BLOCK_STRING = TokenKind.NAME, TokenKind.STRING, TokenKind.BLOCK_STRING
_COLON, _BRACE_L, _BRACE_R = TokenKind.COLON, TokenKind.BRACE_L, TokenKind.BRACE_R
_SPREAD, _PAREN_L, _AT = TokenKind.SPREAD, TokenKind.PAREN_L, TokenKind.AT
_COMMENT, _EOF = TokenKind.COMMENT, TokenKind.EOF


def parse(text: str) -> DocumentNode:
    """The document that graphql-core reads from a text, in less than half the time.

    Raises GraphQLSyntaxError.
    """
    source = Text(text)
    parser = _Parser(source, lexer=RunLexer(source))
    try:
        return parser.parse_document()
    except RecursionError:
        pass
    # Raised out here, it does not hold the frames of the recursion.
    raise nested_too_deeply_error(parser)


class _Parser(Parser):
    """graphql-core's parser, shorter where it comes by all the time: it looks at a token before it
    calls a method to do so."""

    def advance_lexer(self) -> None:
        lexer = self._lexer
        token = lexer.token.next
        if token is None or token.kind is _COMMENT or token.kind is _EOF:
            super().advance_lexer()
            return
        lexer.last_token, lexer.token = lexer.token, token
        self._token_counter += 1

    def any(
        self, open_kind: TokenKind, parse_fn: Callable[[], T], close_kind: TokenKind
    ) -> tuple[T, ...]:
        self.expect_token(open_kind)
        lexer = self._lexer
        nodes = []
        while lexer.token.kind is not close_kind:
            nodes.append(parse_fn())
        self.advance_lexer()
        return tuple(nodes)

    def parse_name(self) -> NameNode:
        lexer = self._lexer
        token = lexer.token
        if token.kind is not _NAME:
            return super().parse_name()
        self.advance_lexer()
        return _node(NameNode, Location(token, token, lexer.source), {"value": token.value})

    def parse_selection(self) -> SelectionNode:
        lexer = self._lexer
        token = lexer.token
        following = token.next
        if token.kind is _SPREAD:
            return self.parse_fragment()
        if token.kind is _NAME and following is not None:
            kind = following.kind
            if kind is _NAME or kind is _BRACE_R:  # nothing but a name
                lexer.last_token, lexer.token = token, following
                self._token_counter += 1
                place = Location(token, token, lexer.source)
                name = _node(NameNode, place, {"value": token.value})
                return _node(FieldNode, place, {"name": name})
        return self.parse_field()

    def parse_field(self) -> FieldNode:
        lexer = self._lexer
        start = lexer.token
        parts: dict[str, Any] = {"name": self.parse_name()}
        if lexer.token.kind is _COLON:
            self.advance_lexer()
            parts = {"alias": parts["name"], "name": self.parse_name()}
        if lexer.token.kind is _PAREN_L:
            parts["arguments"] = self.parse_arguments(False)
        if lexer.token.kind is _AT:
            parts["directives"] = self.parse_directives(False)
        if lexer.token.kind is _BRACE_L:
            parts["selection_set"] = self.parse_selection_set()
        return _node(FieldNode, Location(start, lexer.last_token, lexer.source), parts)

    def parse_value_literal(self, is_const: bool) -> ValueNode:
        lexer = self._lexer
        token = lexer.token
        if token.kind is _STRING or token.kind is _BLOCK_STRING:
            self.advance_lexer()
            place = Location(token, token, lexer.source)
            parts = {"value": token.value, "block": token.kind is _BLOCK_STRING}
            return _node(StringValueNode, place, parts)
        return super().parse_value_literal(is_const)


def _node(kind: type[N], place: Location, parts: dict[str, Any]) -> N:
    """A node without its constructor, which takes several times as long. What it has not is None
    by its class."""
    node = kind.__new__(kind)
    values = node.__dict__
    values["loc"] = place
    values.update(parts)
    return node
