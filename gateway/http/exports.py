"""`/export/*.csv`: whole lists for spreadsheets and BI tools (RFC 4180).

Page by page, as the API itself would give them to the same caller: nothing is kept in memory but
the page at hand. What has begun is whole in the end, each cell of it, or visibly broken off: a
program that fails is asked again for a while, and then the connection is closed in the middle.

The first page counts as many requests as the same query at `/graphql`, and is refused when they are
too many. Each further page counts what it took, which is far less than it might have, and is sent
when the caller's rate has room for it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import orjson
from starlette.types import Receive, Scope, Send

from adapters.demand import Demand, demanding
from adapters.ledger import Ledger
from gateway.caller import Caller
from gateway.errors import ErrorCode
from gateway.execution.engine import Request, RequestFailed
from gateway.execution.failures import masked
from gateway.http.access import Access
from gateway.http.asking import parameters
from gateway.http.endpoint import payer_of, refusal, unforeseen
from gateway.http.exchange import BadRequest, Exchange
from gateway.http.export_tables import EXPORTS, Export
from gateway.http.hanging_up import HungUp, while_connected
from gateway.http.headers import Header
from gateway.http.operations import Operations, Tells
from gateway.http.origins import Origins
from gateway.http.rate_limit import RateLimit, requests_of
from gateway.telemetry.log import REQUEST_ID
from gateway.telemetry.records import OperationRecord, RequestRecord
from gateway.telemetry.requests import Requests

PREFIX = "/export/"
_ROUTE = "/export/{list}.csv"

_CSV: Header = (b"content-type", b"text/csv; charset=utf-8; header=present")

MOST_TRIES = 5
"""Pages in a row that may bring nothing because a program fails, and times that a page may wait for
the caller's rate."""

# Seconds to wait for a program that fails, where it does not say how long, and at the most.
USUAL_WAIT = 1.0
LONGEST_WAIT = 60.0

# Seconds to wait for the caller's rate at the least: timers can be some milliseconds early.
SHORTEST_WAIT = 0.1

_NOT_ALL = "Not all of its referrals have been counted yet."


def told_as(export: str) -> str:
    """What an export is called where operations are told by name, none of which has a slash."""
    return f"export/{export}"


class _Asker(NamedTuple):
    """Who asks for a list, whose rate its pages count for, and the record of all of them."""

    caller: Caller
    payer: str
    record: OperationRecord


class Exports:
    """Sends lists as CSV. Each page of one may take `operation_seconds`."""

    def __init__(
        self,
        access: Access,
        origins: Origins,
        rate_limit: RateLimit,
        operations: Operations,
        requests: Requests,
        *,
        operation_seconds: float,
    ) -> None:
        self._access = access
        self._origins = origins
        self._rate_limit = rate_limit
        self._operations = operations
        self._requests = requests
        self._operation_seconds = operation_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        record = exchange.recorded_by(self._requests, _ROUTE)
        REQUEST_ID.set(record.id)
        try:
            await self._reply(exchange, record)
        finally:
            self._requests.finished(record)

    async def _reply(self, exchange: Exchange, record: RequestRecord) -> None:
        try:
            await while_connected(exchange.receive, self._answer(exchange, record))
        except (BadRequest, RequestFailed) as refused:
            record.refused(refused.content)
            if any(operation.served == "executed" for operation in record.operations):
                record.ended("failed")
            answer = refusal(refused)
        except HungUp:
            record.ended("hung_up")
            return
        except BrokenOff:
            record.ended("failed")
            return
        except asyncio.CancelledError:  # the gateway ends
            record.ended("failed")
            raise
        except Exception as error:
            told = {"errors": [masked(error)]}
            record.refused(told)
            record.ended("failed")
            answer = unforeseen(told)
        else:
            record.ended("ok")
            return
        # An answer that has begun and does not end is visibly not whole.
        if not exchange.has_begun:
            record.status = answer.status
            await exchange.answer(answer)

    async def _answer(self, exchange: Exchange, request: RequestRecord) -> None:
        name = exchange.scope["path"].removeprefix(PREFIX).removesuffix(".csv")
        if name not in EXPORTS:
            raise BadRequest(404, ErrorCode.NOT_FOUND, f"There is {', '.join(EXPORTS)}.")
        if exchange.method != "GET":
            raise BadRequest(
                405, ErrorCode.METHOD_NOT_ALLOWED, "Ask by GET.", ((b"allow", b"GET"),)
            )
        self._origins.check(exchange)
        caller = await self._access.identify(exchange.scope)
        keys = parameters(exchange).get("programs")
        programs = keys.split(",") if keys else None
        request.caller = caller.alias
        record = request.operation()
        record.name, record.ledger = told_as(name), Ledger()
        record.begins("query")
        asker = _Asker(caller, payer_of(caller, exchange), record)
        export = EXPORTS[name]
        pages = self._pages(export, programs, asker)
        first = await anext(pages)
        disposition = f'attachment; filename="{name}.csv"'.encode()
        request.status = 200
        await exchange.begin(200, (_CSV, (b"content-disposition", disposition)))
        await exchange.send(export.head() + export.lines(first), is_last=False)
        async for page in pages:
            await exchange.send(export.lines(page), is_last=False)
        await exchange.send(b"", is_last=True)

    async def _pages(
        self, export: Export, programs: list[str] | None, asker: _Asker
    ) -> AsyncIterator[Any]:
        """The pages of a list, in which nothing is missing. Raises BadRequest and RequestFailed
        before the first, and BrokenOff."""
        after: str | None = None
        tries = 0
        while True:
            content = await self._page(export, {"after": after, "programs": programs}, asker)
            page = content["data"]["list"]
            unfit = [*_missing_cells(content), *_old_rows(page)]
            missing = [*_missing_rows(page), *unfit]
            if missing and after is None:
                raise _unavailable(missing)
            if not unfit:
                yield page
                if not page.get("pageInfo", {}).get("hasNextPage"):
                    return
                after = page["pageInfo"]["endCursor"]
            tries = 0 if page[export.rows] and not unfit else tries + 1
            if tries > MOST_TRIES:
                asker.record.codes = Counter(one.code for one in missing)
                raise BrokenOff
            if tries:  # only what failed is left
                waits = [
                    USUAL_WAIT if one.retry_seconds is None else one.retry_seconds
                    for one in missing
                ]
                await asyncio.sleep(min(LONGEST_WAIT, max(waits, default=0.0)))

    async def _page(self, export: Export, variables: dict[str, Any], asker: _Asker) -> Any:
        """The answer to the query of a page, which has data."""
        request = Request(export.query, None, variables)
        record = OperationRecord()
        operation = await self._operations.prepare(request, asker.caller, record)
        is_first = variables["after"] is None
        if is_first:
            await self._rate_limit.take(asker.payer, requests_of(operation.cost))
        deadline = asyncio.get_running_loop().time() + self._operation_seconds
        try:
            with demanding(Demand(deadline=deadline)):
                body = await self._operations.read(
                    operation, record, is_shared=False, tells=Tells()
                )
        finally:
            asker.record.add(record)
        if not is_first:
            calls = record.ledger.calls if record.ledger is not None else 0
            await self._pay(asker.payer, requests_of(operation.cost._replace(calls=calls)))
        content = orjson.loads(body)
        if content["data"] is None:
            (error, *_) = content["errors"]
            raise BadRequest(400, error["extensions"]["code"], error["message"])
        return content

    async def _pay(self, payer: str, requests: int) -> None:
        """Count requests, when there is room for them. Raises BrokenOff."""
        for _ in range(MOST_TRIES + 1):
            seconds = await self._rate_limit.try_take(payer, requests)
            if not seconds:
                return
            await asyncio.sleep(max(seconds, SHORTEST_WAIT))
        raise BrokenOff


class BrokenOff(Exception):
    """A program did not come back, or the caller asks for too much else: the rest of the list is
    not told."""


class _Missing(NamedTuple):
    """What a program failed to give, and may give when it is asked again."""

    program: str
    code: str
    message: str
    retry_seconds: float | None


def _missing_rows(page: Any) -> Iterator[_Missing]:
    """The programs that gave nothing to a page, or less than there is."""
    for source in page["sources"]:
        if source["status"] == "FAILED":
            yield _failure(source)
        elif source["isComputed"] and not source["isComplete"]:
            yield _Missing(source["program"]["key"], ErrorCode.UNAVAILABLE, _NOT_ALL, None)


def _old_rows(page: Any) -> Iterator[_Missing]:
    """The programs of which a page has old rows, as they fail: a file has no place to say so."""
    for source in page["sources"]:
        if source["status"] == "STALE" and source["error"] is not None:
            yield _failure(source)


def _failure(source: Any) -> _Missing:
    error = source["error"]
    seconds = error["retryAfterSeconds"]
    return _Missing(source["program"]["key"], error["code"], error["message"], seconds)


def _missing_cells(content: Any) -> Iterator[_Missing]:
    """The values that could not be looked up; those that never can be are empty."""
    for error in content.get("errors", ()):
        told = error["extensions"]
        if told.get("isRetryable"):
            program, seconds = told["program"], told["retryAfterSeconds"]
            yield _Missing(program, told["code"], error["message"], seconds)


def _unavailable(missing: list[_Missing]) -> BadRequest:
    words = "; ".join(sorted({f"{one.program}: {one.message}" for one in missing}))
    return BadRequest(503, ErrorCode.UNAVAILABLE, f"Not every program could be read. {words}")
