"""Operations that a client names instead of sending their text.

Automatic ones, which clients register under their hash themselves:
https://www.apollographql.com/docs/apollo-server/performance/apq
Trusted ones, which are listed beforehand, by `documentId`:
https://github.com/graphql/graphql-over-http/blob/persisted-documents/spec/Appendix%20A%20--%20Persisted%20Documents.md
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Literal, NoReturn

import msgspec
from graphql import GraphQLError, OperationDefinitionNode, parse
from msgspec import Struct

from gateway.config import PersistedConfig
from gateway.errors import ErrorCode
from gateway.execution.engine import RequestFailed
from gateway.http.asking import Asked
from gateway.http.exchange import BadRequest

MOST_REGISTERED = 10_000
MOST_CHARACTERS = 8 * 1024 * 1024


class _Named(Struct):
    """`extensions.persistedQuery`."""

    version: Literal[1]
    sha256: str = msgspec.field(name="sha256Hash")


class PersistedOperations:
    """The texts of operations by what clients call them: those that are listed, and those that they
    `registered`. `own` are those of the gateway's own pages, which are known whatever the mode."""

    def __init__(
        self,
        config: PersistedConfig,
        registered: "Registered",
        own: Mapping[str, str] | None = None,
    ) -> None:
        self._mode = config.mode
        # Nothing can be added to a list that is all there is.
        self._registered = registered if config.automatic and config.mode != "only" else None
        self._own = own or {}
        self._trusted = dict(config.documents)
        self._trusted_by_hash = {_hash(text): text for text in config.documents.values()}
        self._trusted_texts = frozenset([*config.documents.values(), *self._own.values()])

    @property
    def names(self) -> Iterator[str]:
        """The names of the operations that are listed. What cannot be parsed has none."""
        for text in self._trusted_texts:
            yield from _names_in(text)

    def text(self, asked: Asked, *, takes_any: bool = False) -> str:
        """The document that is asked for. `takes_any` is for a caller whom no list binds.

        Raises RequestFailed and BadRequest.
        """
        if asked.document_id is not None:
            return self._by_id(asked.document_id, asked.query)
        named = asked.extensions and asked.extensions.get("persistedQuery")
        text = asked.query
        if named is not None:
            text = self._by_hash(_read(named), text)
        if text is None:
            raise BadRequest(400, ErrorCode.BAD_REQUEST, "`query` is missing.")
        if self._mode == "only" and not takes_any and text not in self._trusted_texts:
            _refuse(ErrorCode.DOCUMENT_NOT_TRUSTED, "Only listed documents are taken.")
        return text

    def _by_id(self, document_id: str, query: str | None) -> str:
        if query is not None:
            raise BadRequest(
                400, ErrorCode.BAD_REQUEST, "Either `query` or `documentId` can be given."
            )
        own = self._own.get(document_id)
        if own is not None:
            return own
        if not self._trusted:
            _refuse(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, "There are no listed documents.")
        text = self._trusted.get(document_id)
        if text is None:
            _refuse(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "No listed document has that id.")
        return text

    def _by_hash(self, digest: str, text: str | None) -> str:
        if text is None:
            text = self._trusted_by_hash.get(digest)
            if text is None and self._registered is not None:
                text = self._registered.get(digest)
            if text is None and self._registered is None and not self._trusted:
                # The messages are what Apollo's clients look for.
                _refuse(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
            if text is None:
                _refuse(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
            return text
        if _hash(text) != digest:
            raise BadRequest(400, ErrorCode.BAD_REQUEST, "The hash is not that of the query.")
        if self._registered is not None:
            self._registered.put(digest, text)
        return text


class Registered:
    """Texts by their hashes, bounded in number and length, the least recently used one forgotten
    first."""

    def __init__(self, most: int = MOST_REGISTERED, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._most_characters = most_characters
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    def get(self, digest: str) -> str | None:
        """The text with that hash."""
        text = self._texts.get(digest)
        if text is not None:
            self._texts.move_to_end(digest)
        return text

    def put(self, digest: str, text: str) -> None:
        """Keep a text under its hash."""
        if digest not in self._texts:
            self._characters += len(text)
        self._texts[digest] = text
        self._texts.move_to_end(digest)
        while len(self._texts) > self._most or self._characters > self._most_characters:
            _, oldest = self._texts.popitem(last=False)
            self._characters -= len(oldest)


def _read(named: object) -> str:
    try:
        return msgspec.convert(named, _Named).sha256
    except msgspec.ValidationError:
        raise BadRequest(
            400,
            ErrorCode.BAD_REQUEST,
            "`persistedQuery` must have a `version` of 1 and a string `sha256Hash`.",
        ) from None


@lru_cache
def _names_in(text: str) -> tuple[str, ...]:
    # Kept, as what is listed seldom changes when the configuration is read again.
    try:
        definitions = parse(text, no_location=True).definitions
    except GraphQLError:
        return ()
    return tuple(
        definition.name.value
        for definition in definitions
        if isinstance(definition, OperationDefinitionNode) and definition.name
    )


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _refuse(code: ErrorCode, message: str) -> NoReturn:
    raise RequestFailed([GraphQLError(message)], code)
