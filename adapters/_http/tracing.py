"""Has calls followed; where there are no traces, there is no such wire."""

from asyncio import CancelledError
from collections.abc import Coroutine, Mapping
from typing import Any
from urllib.parse import urlsplit

from adapters._http.endpoints import path_of
from adapters._http.wire import Answer, Wire
from adapters.demand import current_demand
from adapters.errors import ProviderError
from adapters.observer import CANCELLED, HELD_BACK
from adapters.provider import ProgramConfig
from adapters.trace import CALL, TRACE, FollowedCall, Server, Tracer


class TracedWire:
    """A wire around all others, for calls that are parts of a trace or might begin one: their
    queueing and further tries are parts of them. Paths are told without `prefix`."""

    def __init__(self, wire: Wire, tracer: Tracer, config: ProgramConfig, prefix: str) -> None:
        origin = urlsplit(config.base_url)
        port = origin.port or (443 if origin.scheme == "https" else 80)
        self._server = Server(config.key, origin.hostname or "", port)
        self._prefix = prefix
        self._wire = wire
        self._tracer = tracer

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Coroutine[Any, Any, Answer]:
        follower = TRACE.get() if current_demand().is_awaited else self._tracer
        if isinstance(follower, bytes):
            headers = {**headers, "traceparent": follower.decode()}
        elif follower is not None:
            path = path_of(target.removeprefix(self._prefix))
            call = follower.call(self._server, method, path)
            if call is not None:
                return self._followed(call, method, target, headers, body, deadline)
        return self._wire.send(method, target, headers, body, deadline)

    async def _followed(
        self,
        call: FollowedCall,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        if call.traceparent:
            headers = {**headers, "traceparent": call.traceparent}
        before = CALL.set(call)
        try:
            answer = await self._wire.send(method, target, headers, body, deadline)
        except BaseException as error:
            call.failed(_reason(error))
            raise
        finally:
            CALL.reset(before)
        call.answered(answer.status)
        return answer

    async def aclose(self) -> None:
        await self._wire.aclose()


def _reason(error: BaseException) -> str:
    if isinstance(error, ProviderError):  # the wires make no other
        return HELD_BACK
    return CANCELLED if isinstance(error, CancelledError) else type(error).__name__
