"""Has calls followed by a tracer; where there is none, neither wire is there."""

from asyncio import CancelledError
from collections.abc import Mapping
from urllib.parse import urlsplit

from adapters._http.endpoints import path_of
from adapters._http.wire import Answer, Wire
from adapters.demand import current_demand
from adapters.errors import ProviderError
from adapters.observer import CANCELLED, HELD_BACK, Server, Tracer
from adapters.provider import ProgramConfig


class TracedWire:
    """A wire around all others, whose calls a tracer follows: their queueing and further tries are
    parts of them. Paths are told without `prefix`."""

    def __init__(self, wire: Wire, tracer: Tracer, config: ProgramConfig, prefix: str) -> None:
        origin = urlsplit(config.base_url)
        port = origin.port or (443 if origin.scheme == "https" else 80)
        self._server = Server(config.key, origin.hostname or "", port)
        self._prefix = prefix
        self._wire = wire
        self._tracer = tracer

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        call = self._tracer.call(is_awaited=current_demand().is_awaited)
        if call is None:
            return await self._wire.send(method, target, headers, body, deadline)
        path = path_of(target.removeprefix(self._prefix))
        headers = {**headers, **call.to(self._server, method, path)}
        try:
            answer = await self._wire.send(method, target, headers, body, deadline)
        except BaseException as error:
            call.failed(_reason(error))
            raise
        call.answered(answer.status)
        return answer

    async def aclose(self) -> None:
        await self._wire.aclose()


class TriedWire:
    """A wire next to the network, which tells each time that something goes out."""

    def __init__(self, wire: Wire, tracer: Tracer) -> None:
        self._wire = wire
        self._tracer = tracer

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        self._tracer.sent()
        return await self._wire.send(method, target, headers, body, deadline)

    async def aclose(self) -> None:
        await self._wire.aclose()


def _reason(error: BaseException) -> str:
    if isinstance(error, ProviderError):  # the wires make no other
        return HELD_BACK
    return CANCELLED if isinstance(error, CancelledError) else type(error).__name__
