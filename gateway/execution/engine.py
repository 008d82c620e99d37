"""Runs one GraphQL request."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import GraphQLError, OperationType
from graphql.execution import execute

from gateway.context import Context
from gateway.errors import ErrorCode
from gateway.execution.documents import Documents
from gateway.execution.failures import formatted
from gateway.schema import schema


@dataclass(frozen=True)
class Request:
    """A GraphQL request (GraphQL over HTTP, section 4.1)."""

    query: str
    operation_name: str | None
    variables: Mapping[str, Any] | None


@dataclass(frozen=True)
class Response:
    """What comes back. `is_request_error`: nothing was executed, so there is no data at all."""

    content: dict[str, Any]
    is_request_error: bool


class Engine:
    """Runs requests against the schema."""

    def __init__(self) -> None:
        self._schema = schema._schema
        self._documents = Documents(self._schema)

    def operation(self, request: Request) -> OperationType | None:
        """The kind of operation that a request asks for; None when it is not clear."""
        return self._documents.get(request.query).operation(request.operation_name)

    async def run(self, request: Request, context: Context) -> Response:
        """Validate and execute."""
        document = self._documents.get(request.query)
        if document.errors or document.ast is None:
            return _refused(document.errors, ErrorCode.GRAPHQL_VALIDATION_FAILED)
        if document.operation(request.operation_name) is None:
            return _refused([_which_operation(request)], ErrorCode.BAD_REQUEST)
        result: Any = execute(
            self._schema,
            document.ast,
            context_value=context,
            variable_values=dict(request.variables or {}),
            operation_name=request.operation_name,
        )
        if isawaitable(result):
            result = await result
        if result.errors and all(error.path is None for error in result.errors):
            # Variables that do not fit: nothing was executed.
            return _refused(result.errors, ErrorCode.BAD_USER_INPUT)
        content: dict[str, Any] = {"data": result.data}
        if result.errors:
            content["errors"] = [
                formatted(error, ErrorCode.BAD_USER_INPUT) for error in result.errors
            ]
        return Response(content, is_request_error=False)


def _refused(errors: list[GraphQLError], code: ErrorCode) -> Response:
    return Response({"errors": [formatted(error, code) for error in errors]}, is_request_error=True)


def _which_operation(request: Request) -> GraphQLError:
    if request.operation_name is not None:
        return GraphQLError("The document has no operation of that name.")
    return GraphQLError("The document has not exactly one operation; name one in operationName.")
