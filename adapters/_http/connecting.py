"""Opens connections to one origin."""

import asyncio
import socket
import ssl
from collections.abc import Callable

import aiohappyeyeballs
import httpx

from adapters._http.connection import Connection
from adapters._http.wire import Unsent, tls
from adapters.limits import UpstreamLimits

HAPPY_EYEBALLS_DELAY = 0.25  # RFC 8305 section 5


class Connector:
    """Resolves, connects and, for https, verifies who answers, against what `trust` gives. `host`
    is what goes into the Host header (RFC 9110 section 7.2)."""

    def __init__(
        self, origin: str, limits: UpstreamLimits, *, trust: Callable[[], ssl.SSLContext] = tls
    ) -> None:
        url = httpx.URL(origin)
        self.host = url.netloc.decode("ascii")
        self._name = url.raw_host.decode("ascii")
        self._tls = trust() if url.scheme == "https" else None
        self._port = url.port or (443 if self._tls else 80)
        self._limits = limits

    async def connect(self, deadline: float) -> Connection:
        """A connection on which nothing was sent yet.

        Raises httpx.ConnectError, ConnectTimeout when it takes too long, and Unsent when the
        deadline comes before that.
        """
        latest = asyncio.get_running_loop().time() + self._limits.connect
        try:
            async with asyncio.timeout_at(min(latest, deadline)):
                return await self._connect()
        except TimeoutError:
            if deadline < latest:
                raise Unsent from None
            raise httpx.ConnectTimeout("no connection in time") from None
        except (OSError, UnicodeError, RuntimeError):  # the last one is uvloop's for a reset
            # Not chained: its text names addresses.
            raise httpx.ConnectError("no connection") from None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        # uvloop's create_connection would try one address after the other.
        sock = await aiohappyeyeballs.start_connection(
            await loop.getaddrinfo(
                self._name, self._port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
            ),
            happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY,
            loop=loop,
        )
        _, connection = await loop.create_connection(
            lambda: Connection(loop, self._limits.read),
            sock=sock,
            ssl=self._tls,
            server_hostname=self._name if self._tls else None,
        )
        return connection
