"""`/export/*.csv`: whole lists for spreadsheets and BI tools (RFC 4180).

Page by page, as the API itself would give them to the same caller: nothing is kept in memory but
the page at hand. What has begun is whole in the end or visibly broken off: a program that fails
is asked again for a while, and then the connection is closed in the middle.

The first page counts as many requests as the same query at `/graphql`, and is refused when they are
too many. Each further page counts what it took, which is far less than it might have, and is sent
when the caller's rate has room for it.
"""

import asyncio
import csv
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from io import StringIO
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
from gateway.http.endpoint import payer, refusal, unforeseen
from gateway.http.exchange import BadRequest, Exchange, Header
from gateway.http.hanging_up import HungUp, while_connected
from gateway.http.operations import Operations, Tells
from gateway.http.origins import Origins
from gateway.http.rate_limit import RateLimit, requests_of
from gateway.telemetry.log import REQUEST_ID
from gateway.telemetry.requests import OperationRecord, RequestRecord, Requests

PREFIX = "/export/"

_CSV: Header = (b"content-type", b"text/csv; charset=utf-8; header=present")

# A spreadsheet takes what begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_SOURCES = "sources { status program { key } error { code message retryAfterSeconds } }"
_PAGE_INFO = "pageInfo { hasNextPage endCursor }"

MOST_TRIES = 5
"""Pages in a row that may bring nothing because a program fails, and times that a page may wait for
the caller's rate."""

# Seconds to wait for a program that fails, where it does not say how long, and at the most.
USUAL_WAIT = 1.0
LONGEST_WAIT = 60.0


class Export(NamedTuple):
    """A list: its query, which asks for `list`, where its rows are, and what each column tells."""

    query: str
    rows: str
    columns: dict[str, tuple[str | int, ...]]


_PERSON = "{ providerId email }"

EXPORTS = {
    "referrals": Export(
        f"""query ($after: String, $programs: [String!]) {{
          list: referrals(first: 100, after: $after, programs: $programs) {{
            nodes {{
              id status referredAt firstOrderAt program {{ key }}
              referrer {_PERSON} referred {_PERSON}
            }}
            {_PAGE_INFO} {_SOURCES} }} }}""",
        "nodes",
        {
            "id": ("id",),
            "program": ("program", "key"),
            "status": ("status",),
            "referred_at": ("referredAt",),
            "first_order_at": ("firstOrderAt",),
            "referrer_id": ("referrer", "providerId"),
            "referrer_email": ("referrer", "email"),
            "referred_id": ("referred", "providerId"),
            "referred_email": ("referred", "email"),
        },
    ),
    "claims": Export(
        f"""query ($after: String, $programs: [String!]) {{
          list: claims(first: 100, after: $after, programs: $programs) {{
            nodes {{
              id claimedAt program {{ key }} claimant {_PERSON}
              tier {{ providerId }} coupon {{ code timesUsed }}
            }}
            {_PAGE_INFO} {_SOURCES} }} }}""",
        "nodes",
        {
            "id": ("id",),
            "program": ("program", "key"),
            "claimed_at": ("claimedAt",),
            "claimant_id": ("claimant", "providerId"),
            "claimant_email": ("claimant", "email"),
            "tier_id": ("tier", "providerId"),
            "coupon_code": ("coupon", "code"),
            "coupon_times_used": ("coupon", "timesUsed"),
        },
    ),
    "top-referrers": Export(
        f"""query ($programs: [String!]) {{
          list: topReferrers(limit: 100, programs: $programs) {{
            entries {{
              rank totalReferrals successfulReferrals rewardsClaimed
              people {{ providerId email program {{ key }} }}
            }}
            {_SOURCES} }} }}""",
        "entries",
        {
            "rank": ("rank",),
            "program": ("people", 0, "program", "key"),
            "referrer_id": ("people", 0, "providerId"),
            "referrer_email": ("people", 0, "email"),
            "total_referrals": ("totalReferrals",),
            "successful_referrals": ("successfulReferrals",),
            "rewards_claimed": ("rewardsClaimed",),
        },
    ),
}
"""The lists by the names that their addresses have."""


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
        record = RequestRecord(exchange.request_id)
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
        asker = _Asker(caller, payer(caller, exchange), record)
        pages = self._pages(EXPORTS[name], programs, asker)
        first = await anext(pages)
        disposition = f'attachment; filename="{name}.csv"'.encode()
        request.status = 200
        await exchange.begin(200, (_CSV, (b"content-disposition", disposition)))
        await exchange.send(_text([EXPORTS[name].columns]), is_last=False)
        await exchange.send(_text(_rows(EXPORTS[name], first)), is_last=False)
        async for page in pages:
            await exchange.send(_text(_rows(EXPORTS[name], page)), is_last=False)
        await exchange.send(b"", is_last=True)

    async def _pages(
        self, export: Export, programs: list[str] | None, asker: _Asker
    ) -> AsyncIterator[Any]:
        """The pages of a list, in which nothing is missing. Raises BadRequest and RequestFailed
        before the first, and BrokenOff."""
        after: str | None = None
        tries = 0
        while True:
            page = await self._page(export, {"after": after, "programs": programs}, asker)
            failed = [source for source in page["sources"] if source["status"] == "FAILED"]
            if failed and after is None:
                raise _unavailable(failed)
            yield page
            if not page.get("pageInfo", {}).get("hasNextPage"):
                return
            after = page["pageInfo"]["endCursor"]
            tries = 0 if page[export.rows] else tries + 1
            if tries > MOST_TRIES:
                asker.record.codes = Counter(source["error"]["code"] for source in failed)
                raise BrokenOff
            if tries:  # only what failed is left
                told = [source["error"]["retryAfterSeconds"] for source in failed]
                waits = [USUAL_WAIT if seconds is None else seconds for seconds in told]
                await asyncio.sleep(min(LONGEST_WAIT, max(waits, default=0.0)))

    async def _page(self, export: Export, variables: dict[str, Any], asker: _Asker) -> Any:
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
        return content["data"]["list"]

    async def _pay(self, payer: str, requests: int) -> None:
        """Count requests, when there is room for them. Raises BrokenOff."""
        for _ in range(MOST_TRIES + 1):
            seconds = await self._rate_limit.try_take(payer, requests)
            if not seconds:
                return
            await asyncio.sleep(seconds)
        raise BrokenOff


class BrokenOff(Exception):
    """A program did not come back, or the caller asks for too much else: the rest of the list is
    not told."""


def _unavailable(failed: list[Any]) -> BadRequest:
    words = "; ".join(f"{s['program']['key']}: {s['error']['message']}" for s in failed)
    return BadRequest(503, ErrorCode.UNAVAILABLE, f"Not every program could be read. {words}")


def _rows(export: Export, page: Any) -> Iterator[list[str]]:
    for row in page[export.rows]:
        yield [_cell(row, path) for path in export.columns.values()]


def _cell(row: Any, path: tuple[str | int, ...]) -> str:
    """What a column tells of a row; empty where nothing is told."""
    for step in path:
        if row is None:
            return ""
        row = row[step]
    text = "" if row is None else str(row)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(rows: Iterable[Iterable[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
