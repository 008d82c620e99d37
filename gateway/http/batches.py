"""Several operations in one HTTP request, as Apollo's clients send them: a list, which is answered
by a list."""

import asyncio
from collections.abc import Sequence

from graphql import OperationType
from starlette.types import Receive

from gateway.execution.engine import Operation, RequestFailed
from gateway.http.bodies import encoded_json
from gateway.http.hanging_up import while_connected
from gateway.http.operations import Operations, Tells
from gateway.telemetry.records import OperationRecord, RequestRecord


async def run_batch(
    operations: Operations,
    batch: Sequence[tuple[Operation | RequestFailed, OperationRecord]],
    request: RequestRecord,
    receive: Receive,
    *,
    is_shared: bool,
    tells: Tells,
) -> bytes:
    """The answers to a batch in its order; what fails in it fails alone.

    Queries run all at once. With a mutation among them they run one after the other, as within an
    operation, and are not broken off. Raises HungUp.
    """

    async def result(one: tuple[Operation | RequestFailed, OperationRecord]) -> bytes:
        prepared, record = one
        try:
            if isinstance(prepared, RequestFailed):
                raise prepared
            if prepared.kind is OperationType.MUTATION:
                return await operations.change(prepared, record, None, tells=tells)
            return await operations.read(prepared, record, is_shared=is_shared, tells=tells)
        except RequestFailed as failed:
            request.refused(failed.content)
            return encoded_json(failed.content)

    async def results() -> list[bytes]:
        return await asyncio.gather(*map(result, batch))

    if any(isinstance(one, Operation) and one.kind is OperationType.MUTATION for one, _ in batch):
        bodies = [await result(one) for one in batch]
    else:
        bodies = await while_connected(receive, results())
    return b"[%b]" % b",".join(bodies)
