"""Runs one GraphQL request."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationType
from graphql.execution import Executor, experimental_execute_incrementally
from graphql.execution.incremental import IncrementalExecutor

from gateway.context import Context
from gateway.errors import ErrorCode
from gateway.execution.documents import Documents
from gateway.execution.failures import formatted
from gateway.execution.increments import Parts
from gateway.schema import schema


@dataclass(frozen=True)
class Request:
    """A GraphQL request (GraphQL over HTTP, section 4.1)."""

    query: str
    operation_name: str | None
    variables: Mapping[str, Any] | None


@dataclass(frozen=True)
class Operation:
    """A request that is fit to be run."""

    request: Request
    document: DocumentNode
    kind: OperationType
    is_incremental: bool


@dataclass(frozen=True)
class Response:
    """What an operation came to: `data`, and `errors` if there are any."""

    content: dict[str, Any]


class RequestFailed(Exception):
    """Nothing was executed: there are `errors` and no `data` (GraphQL specification, 7.1)."""

    def __init__(self, errors: list[GraphQLError], code: ErrorCode) -> None:
        super().__init__(code)
        self.content = {"errors": [formatted(error, code) for error in errors]}


class Engine:
    """Runs requests against the schema."""

    def __init__(self) -> None:
        self._schema = schema._schema
        self._documents = Documents(self._schema)

    def prepare(self, request: Request) -> Operation:
        """Read and judge a request before anything of it runs. Raises RequestFailed."""
        document = self._documents.get(request.query)
        if document.errors or document.ast is None:
            raise RequestFailed(document.errors, ErrorCode.GRAPHQL_VALIDATION_FAILED)
        kind = document.operation(request.operation_name)
        if kind is None:
            raise RequestFailed([_which_operation(request)], ErrorCode.BAD_REQUEST)
        return Operation(request, document.ast, kind, document.is_incremental)

    async def run(self, operation: Operation, context: Context) -> Response:
        """Execute, with a whole answer. Raises RequestFailed when the variables do not fit."""
        # This executor takes no notice of @defer and @stream.
        return _response(await self._execute(operation, context, Executor))

    async def run_in_parts(self, operation: Operation, context: Context) -> Response | Parts:
        """Execute, with an answer in parts if there is something to wait for.

        Raises RequestFailed when the variables do not fit.
        """
        result = await self._execute(operation, context, IncrementalExecutor)
        return _response(result) if isinstance(result, ExecutionResult) else Parts(result)

    async def _execute(
        self, operation: Operation, context: Context, executor: type[Executor[Any]]
    ) -> Any:
        request = operation.request
        result = experimental_execute_incrementally(
            self._schema,
            operation.document,
            context_value=context,
            variable_values=dict(request.variables or {}),
            operation_name=request.operation_name,
            executor_class=executor,
            # What is deferred begins with the rest, and is only told later.
            enable_early_execution=True,
        )
        return await result if isawaitable(result) else result


def _response(result: ExecutionResult) -> Response:
    if result.errors and all(error.path is None for error in result.errors):
        raise RequestFailed(result.errors, ErrorCode.BAD_USER_INPUT)
    content: dict[str, Any] = {"data": result.data}
    if result.errors:
        content["errors"] = [formatted(error, ErrorCode.BAD_USER_INPUT) for error in result.errors]
    return Response(content)


def _which_operation(request: Request) -> GraphQLError:
    if request.operation_name is not None:
        return GraphQLError("The document has no operation of that name.")
    return GraphQLError("The document has not exactly one operation; name one in operationName.")
