"""GraphQL documents, parsed and validated once each."""

from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

KEPT_DOCUMENTS = 1000
LONGEST_KEPT = 50_000


@dataclass(frozen=True)
class Document:
    """A document, or what is wrong with it."""

    ast: DocumentNode | None
    errors: list[GraphQLError]
    is_incremental: bool = False
    """Whether parts of the answer may come later (`@defer`, `@stream`)."""

    def operation(self, name: str | None) -> OperationType | None:
        """The kind of the operation to run; None when it is not clear which one is meant."""
        if self.ast is None:
            return None
        operations = [
            definition
            for definition in self.ast.definitions
            if isinstance(definition, OperationDefinitionNode)
            and (name is None or (definition.name and definition.name.value == name))
        ]
        return operations[0].operation if len(operations) == 1 else None


class Documents:
    """The documents seen lately by their text, the least recently used one forgotten first."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        """The document with that text, as far as it is one."""
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            return document
        document = self._read(text)
        if len(text) <= LONGEST_KEPT:
            self._kept[text] = document
            if len(self._kept) > KEPT_DOCUMENTS:
                self._kept.popitem(last=False)
        return document

    def _read(self, text: str) -> Document:
        try:
            ast = parse(text)
        except GraphQLError as error:
            return Document(None, [error])
        except RecursionError:
            return Document(None, [GraphQLError("The document is nested too deeply.")])
        return Document(ast, validate(self._schema, ast), _is_incremental(text))


def _is_incremental(text: str) -> bool:
    """A document that only seems to be takes the longer way to the same whole answer."""
    return "@" in text and ("defer" in text or "stream" in text)
