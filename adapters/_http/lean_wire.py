"""A wire over pyreqwest: a fraction of httpx's cost a call, for programs with much traffic.

pyreqwest names failures after what hyper was doing, not after what reached the provider, so that
they are told here by their causes. Whatever is not certainly "never connected" counts as sent.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import httpx
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import BuilderError, PyreqwestError, RequestTimeoutError
from pyreqwest.request import RequestBuilder
from pyreqwest.response import Response

from adapters._http.wire import MAX_CONNECTIONS, Answer, Body
from adapters.limits import UpstreamLimits

# A call that nobody waits for any more goes on in pyreqwest's own thread, and is ended there this
# long after its deadline: late enough for the deadline to be told here.
GRACE = 0.05

# That thread has to have left Python when the interpreter goes down, or it takes the whole process
# down with it; it needs microseconds, and cannot be waited for.
SETTLING = 0.05


class LeanWire:
    """The same promises as `HttpxWire`, and the same exceptions.

    At most `MAX_CONNECTIONS` calls are under way. A call that is cancelled cannot be taken back:
    it keeps its place until its deadline, when it certainly is over.
    """

    def __init__(self, origin: str, *, limits: UpstreamLimits):
        self._origin = origin
        self._pool_seconds = limits.read
        # Places are kept here, since pyreqwest sends also what was cancelled while it waited.
        self._places = asyncio.Semaphore(MAX_CONNECTIONS)
        self._client = (
            ClientBuilder()
            .connect_timeout(timedelta(seconds=limits.connect))
            .read_timeout(timedelta(seconds=limits.read))
            .pool_max_idle_per_host(MAX_CONNECTIONS)
            .follow_redirects(False)
            .default_cookie_store(False)
            .referer(False)
            .no_proxy()
            .gzip(False)
            .deflate(False)
            .brotli(False)
            .zstd(False)
            .default_headers({"Accept-Encoding": "gzip"})
            .http1_only()
            .build()
        )

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        loop = asyncio.get_running_loop()
        await self._take_place(deadline)
        free_at = None
        try:
            left = deadline - loop.time()
            if left <= 0:
                raise TimeoutError
            request = self._request(method, target, headers, body)
            try:
                async with asyncio.timeout_at(deadline):
                    return await _exchange(request.timeout(timedelta(seconds=left + GRACE)))
            except (TimeoutError, asyncio.CancelledError):
                free_at = deadline + 2 * GRACE
                raise
        finally:
            if free_at is None:
                self._places.release()
            else:
                loop.call_at(free_at, self._places.release)

    async def _take_place(self, deadline: float) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            latest = asyncio.get_running_loop().time() + self._pool_seconds
            async with asyncio.timeout_at(min(deadline, latest)):
                await self._places.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("every connection is busy") from None

    def _request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> RequestBuilder:
        try:
            request = self._client.request(method, self._origin + target).headers(headers)
        except ValueError:
            raise httpx.LocalProtocolError("not fit to send") from None
        return request if body is None else request.body_bytes(body)

    async def aclose(self) -> None:
        await self._client.close()
        await asyncio.sleep(SETTLING)


async def _exchange(request: RequestBuilder) -> Answer:
    try:
        async with request.build_streamed() as response:
            headers = _headers_of(response)
            content = Body(headers.get("content-encoding", "identity"))
            while (chunk := await response.body_reader.read_chunk()) is not None:
                content.add(bytes(chunk))
            return Answer(response.status, headers, content.whole())
    except PyreqwestError as error:
        # Not chained: its text holds the whole URL.
        raise _as_httpx(error) from None


def _headers_of(response: Response) -> dict[str, str]:
    """Header values that are no text are left out: pyreqwest cannot read them."""
    headers: dict[str, str] = {}
    try:
        for name, value in response.headers.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    except ValueError:
        return {name: text for name in response.headers if (text := _text(response, name))}
    return headers


def _text(response: Response, name: str) -> str | None:
    try:
        return ", ".join(response.get_header_all(name))
    except ValueError:
        return None


def _as_httpx(error: PyreqwestError) -> httpx.TransportError | httpx.InvalidURL:
    """What httpx raises for the same mishap.

    Causes are compared whole: one of them quotes the URL, which holds what a caller typed.
    """
    details = getattr(error, "details", None) or {}
    causes = [cause["message"] for cause in details.get("causes") or ()]
    is_timeout = isinstance(error, RequestTimeoutError)
    if isinstance(error, BuilderError):
        return httpx.InvalidURL("not fit to send")
    if "client error (Connect)" in causes:  # the one failure in which nothing was sent
        return httpx.ConnectTimeout("") if is_timeout else httpx.ConnectError("")
    if is_timeout:
        return httpx.ReadTimeout("")
    if causes and "(os error " in causes[-1]:
        return httpx.ReadError("")
    return httpx.RemoteProtocolError("")
