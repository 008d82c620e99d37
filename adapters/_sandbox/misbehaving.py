"""How each kind of fault looks on the wire."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from adapters._sandbox.exchange import Answer, Exchange, json_answer
from adapters._sandbox.faults import Fault

HTML = (
    "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr>"
    "<center>nginx</center></body></html>"
)
CHUNKS_PER_MEGABYTE = 16


async def misbehave(
    fault: Fault,
    exchange: Exchange,
    cleared: Future[None],
    handle: Callable[[], Answer],
    failure: Callable[[int], Answer],
) -> None:
    """Answers one request as `fault` says.

    `handle` makes the normal answer, with all effects of a write; `failure` makes the vendor's
    error for an HTTP status; `cleared` is done when hanging ends.
    """
    match fault.kind:
        case "slow":
            await exchange.pause(fault.seconds)
            await exchange.respond(handle())
        case "hang":
            if await _outlasts(exchange, cleared):
                await exchange.respond(handle())
        case "drop":
            await exchange.close()
        case "drop_after":
            handle()
            await exchange.close()
        case "truncated_json":
            answer = handle()
            half = answer.content[: len(answer.content) // 2]
            await exchange.respond(Answer(answer.status, half, answer.headers))
        case "truncated_body":
            await exchange.respond_half(handle())
        case "oversized":
            answer = json_answer(200, {"data": []})
            await exchange.respond_padded(answer, fault.megabytes * CHUNKS_PER_MEGABYTE)
        case _:
            await exchange.respond(_instead(fault, failure))


def _instead(fault: Fault, failure: Callable[[int], Answer]) -> Answer:
    """The answer in place of the normal one, for kinds that never handle the request."""
    headers = () if fault.retry_after is None else (("Retry-After", str(fault.retry_after)),)
    match fault.kind:
        case "status":
            answer = failure(fault.status or 500)
            content = answer.content if fault.body is None else fault.body.encode()
            return Answer(answer.status, content, (*answer.headers, *headers))
        case "rate_limited":
            return Answer(429, failure(429).content, headers or (("Retry-After", "1"),))
        case "soft_failure":
            return failure(200)
        case "redirect":
            return Answer(302, headers=(("Location", fault.location),), content_type="text/html")
        case "html":
            page = HTML.format("502 Bad Gateway") if fault.body is None else fault.body
            return Answer(fault.status or 502, page.encode(), headers, "text/html; charset=utf-8")
        case "garbage":
            return Answer(200, b"\x00\xff{]" if fault.body is None else fault.body.encode())
        case "wrong_shape":
            return Answer(200, (fault.body or '{"data":"nope"}').encode())
        case _:
            return Answer(fault.status or 200)


async def _outlasts(exchange: Exchange, cleared: Future[None]) -> bool:
    """Waits until the client leaves or `cleared` is done; true when the client is still there."""
    left = asyncio.create_task(exchange.left())
    waits = {left, asyncio.wrap_future(cleared)}
    _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    await asyncio.wait(waits)
    return left.cancelled()
