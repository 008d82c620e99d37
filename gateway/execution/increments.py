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

from gateway.errors import ErrorCode
from gateway.execution.failures import formatted


class Parts:
    """The parts of an answer: the first, and by iterating those that come, each as the content of
    a JSON object. What is left of the work ends with `aclose`."""

    def __init__(self, results: ExperimentalIncrementalExecutionResults) -> None:
        initial = results.initial_result
        self.first: dict[str, Any] = {
            "data": initial.data,
            **_errors(initial.errors),
            "pending": [pending.formatted for pending in initial.pending],
            "hasNext": initial.has_next,
        }
        self._results = results.subsequent_results
        # Begun at once, since closing a generator that has not begun ends none of the work.
        self._next = self._ask_for_next()

    def __aiter__(self) -> "Parts":
        return self

    async def __anext__(self) -> dict[str, Any]:
        result = await self._next
        if result is None:
            raise StopAsyncIteration
        self._next = self._ask_for_next()
        return _part(result)

    async def aclose(self) -> None:
        self._next.cancel()
        await asyncio.wait([self._next])
        await self._results.aclose()

    def _ask_for_next(self) -> asyncio.Future[SubsequentIncrementalExecutionResult | None]:
        return asyncio.ensure_future(anext(self._results, None))


def _part(result: SubsequentIncrementalExecutionResult) -> dict[str, Any]:
    part: dict[str, Any] = {"hasNext": result.has_next}
    if result.pending:
        part["pending"] = [pending.formatted for pending in result.pending]
    if result.incremental:
        part["incremental"] = [_increment(increment) for increment in result.incremental]
    if result.completed:
        part["completed"] = [_completed(completed) for completed in result.completed]
    return part


def _increment(result: IncrementalDeferResult | IncrementalStreamResult) -> dict[str, Any]:
    increment: dict[str, Any] = {"id": result.id, **_errors(result.errors)}
    if isinstance(result, IncrementalStreamResult):
        increment["items"] = result.items
    else:
        increment["data"] = result.data
    if result.sub_path is not None:
        increment["subPath"] = result.sub_path
    return increment


def _completed(result: CompletedResult) -> dict[str, Any]:
    return {"id": result.id, **_errors(result.errors)}


def _errors(errors: Sequence[GraphQLError] | None) -> dict[str, Any]:
    if not errors:
        return {}
    return {"errors": [formatted(error, ErrorCode.BAD_USER_INPUT) for error in errors]}
