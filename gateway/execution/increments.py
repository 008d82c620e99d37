"""Answers in parts, for documents with `@defer` or `@stream`.

The format is graphql-core's: https://specs.apollo.dev/incremental/v0.2/
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError
from graphql.execution import (
    CompletedResult,
    ExperimentalIncrementalExecutionResults,
    IncrementalDeferResult,
    IncrementalStreamResult,
    SubsequentIncrementalExecutionResult,
)

from gateway.context import Context
from gateway.errors import ErrorCode
from gateway.execution.failures import formatted, told


class Parts:
    """The parts of an answer: the first, and by iterating those that come, each as the content of
    a JSON object. What is left of the work ends with `aclose`."""

    def __init__(self, results: ExperimentalIncrementalExecutionResults, context: Context) -> None:
        initial = results.initial_result
        self.first: dict[str, Any] = {
            "data": initial.data,
            **_errors(initial.errors, context),
            "pending": [pending.formatted for pending in initial.pending],
            "hasNext": initial.has_next,
        }
        self._results = results.subsequent_results
        self._context = context
        # Begun at once, since closing a generator that has not begun ends none of the work.
        self._next = self._ask_for_next()

    def __aiter__(self) -> "Parts":
        return self

    async def __anext__(self) -> dict[str, Any]:
        result = await self._next
        if result is None:
            raise StopAsyncIteration
        self._next = self._ask_for_next()
        return _part(result, self._context)

    async def aclose(self) -> None:
        self._next.cancel()
        await asyncio.wait([self._next])
        await self._results.aclose()

    def _ask_for_next(self) -> asyncio.Future[SubsequentIncrementalExecutionResult | None]:
        return asyncio.ensure_future(anext(self._results, None))


def _part(result: SubsequentIncrementalExecutionResult, context: Context) -> dict[str, Any]:
    part: dict[str, Any] = {"hasNext": result.has_next}
    if result.pending:
        part["pending"] = [pending.formatted for pending in result.pending]
    if result.incremental:
        part["incremental"] = [_increment(increment, context) for increment in result.incremental]
    if result.completed:
        part["completed"] = [_completed(completed) for completed in result.completed]
    return part


def _increment(
    result: IncrementalDeferResult | IncrementalStreamResult, context: Context
) -> dict[str, Any]:
    increment: dict[str, Any] = {"id": result.id, **_errors(result.errors, context)}
    if isinstance(result, IncrementalStreamResult):
        increment["items"] = result.items
    else:
        increment["data"] = result.data
    if result.sub_path is not None:
        increment["subPath"] = result.sub_path
    return increment


def _completed(result: CompletedResult) -> dict[str, Any]:
    # Errors here say that there is no data, which what is withheld does not.
    if not result.errors:
        return {"id": result.id}
    errors = [formatted(error, ErrorCode.BAD_USER_INPUT) for error in result.errors]
    return {"id": result.id, "errors": errors}


def _errors(errors: Sequence[GraphQLError] | None, context: Context) -> dict[str, Any]:
    shown = told(errors, context)
    return {"errors": shown} if shown else {}
