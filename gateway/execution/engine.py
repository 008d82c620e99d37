"""Runs one GraphQL request."""

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution import experimental_execute_incrementally
from graphql.execution.values import VariableValues
from msgspec import Struct

from gateway.caller import Caller, Scope
from gateway.config import GraphQLConfig, LimitsConfig
from gateway.context import Context
from gateway.errors import ErrorCode, LimitExceeded
from gateway.execution.actual import count_objects
from gateway.execution.cost import Cost, PricedOperation, Prices, check_cost
from gateway.execution.documents import AskedOperation, Document, Documents
from gateway.execution.executable import Executable
from gateway.execution.failures import as_graphql_error, formatted, told
from gateway.execution.increments import Parts
from gateway.execution.plans import Plans
from gateway.execution.run import Run
from gateway.execution.tokens import check_values
from gateway.execution.turns import IncrementalTurnExecutor
from gateway.programs import Programs
from gateway.schema import costs, schema


class Request(Struct, frozen=True):
    """A GraphQL request (GraphQL over HTTP, section 4.1)."""

    query: str
    operation_name: str | None
    variables: Mapping[str, Any] | None


class Operation(Struct, frozen=True, eq=False):
    """A request that is fit to be run, and whose."""

    request: Request
    caller: Caller
    document: DocumentNode
    executable: Executable
    variables: VariableValues
    cost: Cost
    is_incremental: bool

    @property
    def definition(self) -> OperationDefinitionNode:
        return self.executable.definition

    @property
    def kind(self) -> OperationType:
        return self.definition.operation


class Response(Struct, frozen=True):
    """What an operation came to: `data`, and `errors` if there are any."""

    content: dict[str, Any]


class RequestFailed(Exception):
    """Nothing was executed: there are `errors` and no `data` (GraphQL specification, 7.1)."""

    def __init__(self, errors: list[GraphQLError], code: ErrorCode) -> None:
        super().__init__(code)
        self.code = code
        self.content = {"errors": [formatted(error, code) for error in errors]}


# Whoever may change something sees what it came to, and from there everything else.
_NEEDED = {
    OperationType.QUERY: (Scope.REFERRALS_READ,),
    OperationType.MUTATION: (Scope.REFERRALS_READ, Scope.REFERRALS_WRITE),
    OperationType.SUBSCRIPTION: (Scope.REFERRALS_READ,),
}


class Engine:
    """Runs requests against the schema."""

    def __init__(self, limits: LimitsConfig, graphql: GraphQLConfig, *, walk_pages: int) -> None:
        self._schema = schema._schema
        self._limits = limits
        self._graphql = graphql
        self._walk_pages = walk_pages
        self._documents = Documents(self._schema, limits, graphql)
        self._prices = Prices(self._schema)
        self._plans = Plans() if graphql.compiled else None
        self._scopes: WeakKeyDictionary[Programs, costs.Scope] = WeakKeyDictionary()

    async def prepare(self, request: Request, caller: Caller, programs: Programs) -> Operation:
        """Read and judge the request of a caller, who sees these programs, before anything of it
        runs. Raises RequestFailed."""
        given = request.variables or {}
        try:
            check_values(given, self._limits.tokens)
        except LimitExceeded as error:
            raise RequestFailed([as_graphql_error(error)], error.code) from None
        document = await self._documents.get(request.query)
        if document.errors or document.ast is None:
            raise RequestFailed(document.errors, ErrorCode.GRAPHQL_VALIDATION_FAILED)
        known = document.asked.get(request.operation_name) or self._ask(document, request)
        executable = known.executable
        kind = executable.definition.operation
        for scope in _NEEDED[kind]:
            if not caller.may(scope):
                message = f"A {kind.value} needs the scope {scope}."
                raise RequestFailed([GraphQLError(message)], ErrorCode.FORBIDDEN)
        variables = executable.variables(given)
        if isinstance(variables, list):
            raise RequestFailed(variables, ErrorCode.BAD_USER_INPUT)
        try:
            cost = known.priced.cost(variables, self._scope(programs))
        except GraphQLError as error:  # a null that was given for what `@skip` or `@include` take
            raise RequestFailed([error], ErrorCode.BAD_USER_INPUT) from None
        self.check(cost)
        return Operation(
            request, caller, document.ast, executable, variables, cost, document.is_incremental
        )

    def _ask(self, document: Document, request: Request) -> AskedOperation:
        """The operation of a document that is asked for the first time. Raises RequestFailed."""
        definition = document.operation(request.operation_name)
        if definition is None:
            raise RequestFailed([_which_operation(request)], ErrorCode.BAD_REQUEST)
        executable = Executable(
            self._schema,
            definition,
            {
                fragment.name.value: fragment
                for fragment in document.definitions
                if isinstance(fragment, FragmentDefinitionNode)
            },
            hides_suggestions=not self._graphql.suggestions,
            document_bytes=document.size,
        )
        priced = PricedOperation(self._prices, definition, document.definitions)
        asked = document.asked[request.operation_name] = AskedOperation(executable, priced)
        return asked

    def check(self, cost: Cost) -> None:
        """Refuse what may cost too much. Raises RequestFailed."""
        try:
            check_cost(cost, self._limits)
        except LimitExceeded as error:
            raise RequestFailed([as_graphql_error(error)], error.code) from None

    def cost_told(self, operation: Operation, data: Any, calls: int) -> dict[str, Any]:
        """`extensions.cost` of an answer that took so many calls."""
        objects = count_objects(operation.document, operation.definition, data)
        limits, cost = self._limits, operation.cost
        return {
            "calls": {"estimated": cost.calls, "actual": calls, "maximum": limits.calls},
            "objects": {"estimated": cost.objects, "actual": objects, "maximum": limits.objects},
        }

    def _scope(self, programs: Programs) -> costs.Scope:
        scope = self._scopes.get(programs)
        if scope is None:
            scope = self._scopes[programs] = costs.Scope(programs, self._walk_pages)
        return scope

    async def run(self, operation: Operation, context: Context) -> Response:
        """Execute, with a whole answer."""
        executable, variables = operation.executable, operation.variables
        plan = None
        if self._plans is not None and not operation.is_incremental:
            sees_people = context.caller.sees_people
            plan = self._plans.get(executable, variables, sees_people=sees_people)
        if plan is not None:
            return _response(await Run(plan, context, variables).result(), context)
        return _response(await executable.execute(context, variables), context)

    async def run_in_parts(self, operation: Operation, context: Context) -> Response | Parts:
        """Execute, with an answer in parts if there is something to wait for."""
        request = operation.request
        result: Any = experimental_execute_incrementally(
            self._schema,
            operation.document,
            context_value=context,
            variable_values=dict(request.variables or {}),
            operation_name=request.operation_name,
            executor_class=IncrementalTurnExecutor,
            # What is deferred begins with the rest, and is only told later.
            enable_early_execution=True,
            hide_suggestions=not self._graphql.suggestions,
        )
        if isawaitable(result):
            result = await result
        if isinstance(result, ExecutionResult):
            return _response(result, context)
        return Parts(result, context)


def _response(result: ExecutionResult, context: Context) -> Response:
    if result.errors and all(error.path is None for error in result.errors):
        raise RequestFailed(result.errors, ErrorCode.BAD_USER_INPUT)
    content: dict[str, Any] = {"data": result.data}
    if errors := told(result.errors, context):
        content["errors"] = errors
    return Response(content)


def _which_operation(request: Request) -> GraphQLError:
    if request.operation_name is not None:
        return GraphQLError("The document has no operation of that name.")
    return GraphQLError("The document has not exactly one operation; name one in operationName.")
