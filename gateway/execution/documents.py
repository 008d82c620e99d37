"""GraphQL documents, read and judged once each."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)

from gateway.config import GraphQLConfig, LimitsConfig
from gateway.errors import ErrorCode, GatewayError, LimitExceeded
from gateway.execution.cost import PricedOperation
from gateway.execution.executable import LONGEST_MISTYPED, Executable
from gateway.execution.failures import as_graphql_error
from gateway.execution.fragments import Definition, users_first
from gateway.execution.parser import parse
from gateway.execution.rules import rules_for
from gateway.execution.shape import check_shape
from gateway.execution.tokens import check_tokens
from gateway.execution.validation import validate

KEPT_DOCUMENTS = 1000
KEPT_BYTES = 32 * 1024 * 1024

# What a token and its part of the tree take in memory, and what an error does, at most.
BYTES_A_TOKEN = 640
BYTES_AN_ERROR = 1200

# In characters. Within the limits a document can keep a core busy for some thirty milliseconds.
# Short ones take less than handing them to a thread is worth.
LONGEST_READ_AT_ONCE = 2000


class AskedOperation(NamedTuple):
    """An operation of a document, with what is the same each time that it is asked for."""

    executable: Executable
    priced: PricedOperation


@dataclass(frozen=True)
class Document:
    """A document, or what is wrong with it. `asked` are the operations asked for so far, by the
    name that they were asked for by."""

    ast: DocumentNode | None
    errors: list[GraphQLError]
    size: int
    definitions: list[Definition] = field(default_factory=list)
    asked: dict[str | None, AskedOperation] = field(default_factory=dict)
    is_incremental: bool = False
    """Whether parts of the answer may come later (`@defer`, `@stream`)."""

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation to run; None when it is not clear which one is meant."""
        if self.ast is None:
            return None
        operations = [
            definition
            for definition in self.ast.definitions
            if isinstance(definition, OperationDefinitionNode)
            and (name is None or (definition.name and definition.name.value == name))
        ]
        return operations[0] if len(operations) == 1 else None


class Documents:
    """The documents seen lately by their text, the least recently used one forgotten first."""

    def __init__(self, schema: GraphQLSchema, limits: LimitsConfig, graphql: GraphQLConfig) -> None:
        self._schema = schema
        self._limits = limits
        self._graphql = graphql
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._size = 0
        # One thread, so that reading never takes more than half of the interpreter's time.
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="documents")

    async def get(self, text: str) -> Document:
        """The document with that text, as far as it is one."""
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            return document
        try:
            check_tokens(text, self._limits.tokens)
        except LimitExceeded as error:
            # Counting again takes less than keeping it would.
            return Document(None, [as_graphql_error(error)], 0)
        if len(text) <= LONGEST_READ_AT_ONCE:
            document = self._read(text)
        else:
            loop = asyncio.get_running_loop()
            document = await loop.run_in_executor(self._reader, self._read, text)
        self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        if text not in self._kept:
            self._size += document.size
        self._kept[text] = document
        while len(self._kept) > KEPT_DOCUMENTS or self._size > KEPT_BYTES:
            _, forgotten = self._kept.popitem(last=False)
            self._size -= forgotten.size

    def _read(self, text: str) -> Document:
        size = 2 * len(text)
        try:
            ast = parse(text)
            definitions = users_first(ast)
            self._check(definitions)
            errors = validate(
                self._schema,
                ast,
                rules_for(text),
                field_pairs=self._limits.field_pairs,
                hide_suggestions=not self._graphql.suggestions or len(text) > LONGEST_MISTYPED,
            )
        except GraphQLError as error:
            return Document(None, [error], size)
        except GatewayError as error:
            return Document(None, [as_graphql_error(error)], size)
        errors = [_told(error) for error in errors]
        size += BYTES_A_TOKEN * (ast.token_count or 0) + BYTES_AN_ERROR * len(errors)
        return Document(ast, errors, size, definitions, is_incremental=_is_incremental(text))

    def _check(self, definitions: list[Definition]) -> None:
        """Refuse what needs no validation to be refused. Raises GatewayError."""
        shape = check_shape(definitions, self._limits)
        if shape.introspection_depth and not self._graphql.introspection:
            raise GatewayError(
                ErrorCode.INTROSPECTION_DISABLED, "Introspection is switched off here."
            )


def _told(error: GraphQLError) -> GraphQLError:
    """A fault in the words of the caller's mistake, where Python itself refused a value."""
    if isinstance(error.original_error, ValueError):
        return GraphQLError("A number has too many digits.", error.nodes)
    return error


def _is_incremental(text: str) -> bool:
    """A document that only seems to be takes the longer way to the same whole answer."""
    return "@" in text and ("defer" in text or "stream" in text)
