"""Reads the text of a document into graphql-core's own tokens, many in one go.

graphql-core reads character by character, which is most of what parsing takes, and what a quarter
of a megabyte in a single token takes. One pattern knows whatever is right; what is wrong, or rare,
is left to graphql-core from where it begins, so that errors are its own.

https://spec.graphql.org/September2025/#sec-Appendix-Grammar-Summary.Lexical-Tokens
"""

import json
import re
from typing import cast

from graphql import Lexer, Source, SourceLocation, Token, TokenKind

_HEX = "[0-9A-Fa-f]"
# A pair of surrogates is one character; half of one, also in braces, is none.
_ESCAPE = (
    r'\\(?:["\\/bfnrt]'
    rf"|u(?![dD][89a-fA-F]){_HEX}{{4}}"
    rf"|u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}"
    rf"|u\{{(?={_HEX}{{1,8}}\}})0*+(?![dD][89a-fA-F]{_HEX}{{2}}\}})(?:10{_HEX}{{4}}|{_HEX}{{0,5}})\}})"
)
_IN_STRING = rf'(?:[^"\\\n\r\ud800-\udfff]++|{_ESCAPE})*+'
_IN_BLOCK = r'(?:[^"\\\ud800-\udfff]++|"(?!"")|\\(?:""")?+)*+'
_WHOLE = r"-?(?:0|[1-9][0-9]*+)"

_PUNCTUATOR, _NAME, _INT, _FLOAT, _STRING, _BLOCK_STRING, _COMMENT = range(2, 9)
_TOKEN = re.compile(
    r"[ \t,\ufeff]*+([\n\r][ \t,\ufeff\n\r]*+)?+(?:"
    r"([!$&():=@\[\]{|}]|\.\.\.)"
    r"|([A-Za-z_][A-Za-z_0-9]*+)"
    rf"|({_WHOLE})(?![.0-9A-Za-z_])"
    rf"|({_WHOLE}(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)(?![.0-9A-Za-z_])"
    rf'|("(?!""){_IN_STRING}")'
    rf'|("""{_IN_BLOCK}""")'
    r"|(#[^\n\r\ud800-\udfff]*+)(?![\ud800-\udfff])"
    r")"
)
_KINDS = {
    _NAME: TokenKind.NAME,
    _INT: TokenKind.INT,
    _FLOAT: TokenKind.FLOAT,
    _STRING: TokenKind.STRING,
    _BLOCK_STRING: TokenKind.BLOCK_STRING,
    _COMMENT: TokenKind.COMMENT,
}
_PUNCTUATORS = {
    **{kind.value: kind for kind in TokenKind if re.fullmatch(r"[!$&():=@\[\]{|}]", kind.value)},
    "...": TokenKind.SPREAD,
}

_BLANK = re.compile(r"[ \t,\ufeff\n\r]*+")
_DIGITS = re.compile(r"[0-9]++")
_STRING_BEGINS = re.compile(_IN_STRING)
_BLOCK_BEGINS = re.compile(_IN_BLOCK)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BRACED = re.compile(rf"((?:[^\\]|\\[^u]|\\u[^{{])++)|\\u\{{({_HEX}++)\}}")
_JSON = json.JSONDecoder(strict=False)


class Text(Source):
    """A source that does not go through its lines, however many, to tell where a fault is."""

    def get_location(self, position: int) -> SourceLocation:
        """The line and the column of a position, both from 1."""
        lines, start = _lines(self.body, 0, position)
        return SourceLocation(1 + lines, 1 + position - start)


class RunLexer(Lexer):
    """graphql-core's lexer, reading a run of tokens where it reads one. Behind its back: they hang
    on each other, and are taken from there."""

    def read_next_token(self, start: int) -> Token:
        """The next token, with all behind it that are read already. Raises GraphQLSyntaxError."""
        body = self.source.body
        first = last = Token(TokenKind.SOF, start, start, 0, 0)
        for match in _TOKEN.finditer(body, start):
            if match.start() != start:
                break
            if match[1]:
                self._pass_lines(*match.span(1))
            group = match.lastindex or 0
            begin, start = match.span(group)
            text = match[group]
            kind = _PUNCTUATORS[text] if group == _PUNCTUATOR else _KINDS[group]
            token = Token(kind, begin, start, self.line, 1 + begin - self.line_start)
            if group != _PUNCTUATOR:
                token.value = text if group in (_NAME, _INT, _FLOAT) else _value(group, text)
            if group == _BLOCK_STRING:
                self._pass_lines(begin, start)
            last.next = token
            token.prev = last
            last = token
        if first.next is not None:
            return first.next
        blank = _end(_BLANK, body, start)
        self._pass_lines(start, blank)
        return super().read_next_token(blank)

    def _pass_lines(self, start: int, end: int) -> None:
        """Count the lines that end between the two positions."""
        lines, line_start = _lines(self.source.body, start, end)
        if lines:
            self.line += lines
            self.line_start = line_start

    # What comes here is broken, and what is right of it may be long.

    def read_string(self, start: int) -> Token:
        """Raise GraphQLSyntaxError for what is wrong with a string, or read it."""
        return super().read_string(self._before_fault(_STRING_BEGINS, start, 1))

    def read_block_string(self, start: int) -> Token:
        """Raise GraphQLSyntaxError for what is wrong with a block string, or read it."""
        return super().read_block_string(self._before_fault(_BLOCK_BEGINS, start, 3))

    def read_digits(self, start: int, first_char: str) -> int:
        """Where digits end. Raises GraphQLSyntaxError where there is none."""
        end = _end(_DIGITS, self.source.body, start)
        return end if end > start else super().read_digits(start, first_char)

    def _before_fault(self, begins: re.Pattern[str], start: int, quotes: int) -> int:
        """Where a text may begin instead, to be as wrong in the same place."""
        body = self.source.body
        fault = _end(begins, body, start + quotes)
        # Two surrogates in a row are no fault to graphql-core.
        return start if _SURROGATE.match(body, fault) else fault - quotes


def _lines(body: str, start: int, end: int) -> tuple[int, int]:
    """How many lines end between two positions, and where the last of them does."""
    number = body.count("\n", start, end) + body.count("\r", start, end)
    if not number:
        return 0, start
    number -= body.count("\r\n", start, end)
    return number, max(body.rfind("\n", start, end), body.rfind("\r", start, end)) + 1


def _end(pattern: re.Pattern[str], body: str, start: int) -> int:
    """Where that ends which begins here; here, if there is none."""
    match = pattern.match(body, start)
    return match.end() if match else start


def _value(group: int, text: str) -> str:
    """What a string, a block string or a comment says."""
    if group == _COMMENT:
        return text[1:]
    if group == _BLOCK_STRING:
        return _dedented(text[3:-3].replace('\\"""', '"""'))
    if "\\" not in text:
        return text[1:-1]
    if "\\u{" in text:
        text = _BRACED.sub(_without_braces, text)
    return cast(str, _JSON.decode(text))


def _without_braces(match: re.Match[str]) -> str:
    """An escape with braces as JSON has it."""
    if match[1]:
        return match[1]
    return json.dumps(chr(int(match[2], 16)))[1:-1]


def _dedented(text: str) -> str:
    """A block string without what only its place in the document made of it.

    https://spec.graphql.org/September2025/#BlockStringValue()
    """
    first, *others = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    indents = [len(line) - len(line.lstrip(" \t")) for line in others if line.strip(" \t")]
    indent = min(indents, default=0)
    text = "\n".join([first, *[line[indent:] for line in others]])
    if not text.strip(" \t\n"):
        return ""
    begin = text.rfind("\n", 0, len(text) - len(text.lstrip(" \t\n"))) + 1
    end = text.find("\n", len(text.rstrip(" \t\n")))
    return text[begin : None if end < 0 else end]
