"""Several operations in one HTTP request, as Apollo's clients send them: a list, which is answered
by a list."""

import asyncio
from collections.abc import Sequence

from graphql import OperationType
from starlette.types import Receive

from gateway.execution.engine import Operation, RequestFailed
from gateway.http.bodies import encoded_json
from gateway.http.hanging_up import while_connected
from gateway.http.operations import Operations


async def run_batch(
    operations: Operations,
    batch: Sequence[Operation | RequestFailed],
    receive: Receive,
    *,
    is_shared: bool,
    tells_cost: bool,
) -> bytes:
    """The answers to a batch in its order; what fails in it fails alone.

    Queries run all at once. With a mutation among them they run one after the other, as within an
    operation, and are not broken off. Raises HungUp.
    """

    async def result(prepared: Operation | RequestFailed) -> bytes:
        try:
            if isinstance(prepared, RequestFailed):
                raise prepared
            if prepared.kind is OperationType.MUTATION:
                return await operations.change(prepared, None, tells_cost=tells_cost)
            return await operations.read(prepared, is_shared=is_shared, tells_cost=tells_cost)
        except RequestFailed as failed:
            return encoded_json(failed.content)

    async def results() -> list[bytes]:
        return await asyncio.gather(*map(result, batch))

    if any(isinstance(one, Operation) and one.kind is OperationType.MUTATION for one in batch):
        bodies = [await result(one) for one in batch]
    else:
        bodies = await while_connected(receive, results())
    return b"[%b]" % b",".join(bodies)
