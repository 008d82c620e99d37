"""`/metrics` at an address of its own."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.config import MetricsAddress
from gateway.http import pages
from gateway.http.finishing import Finishing
from gateway.telemetry.metrics import Metrics


class OwnMetrics:
    """Answers whoever reaches the address of the metrics, and tells nothing else there."""

    def __init__(self, address: MetricsAddress, metrics: Metrics) -> None:
        self._address = address

        async def tell(request: Request) -> Response:
            return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

        app = Starlette(
            routes=[Route("/metrics", tell)],
            exception_handlers={HTTPException: pages.refused, Exception: pages.failed},
        )
        self._app = Finishing(app)

    def is_asked(self, scope: Scope) -> bool:
        """Whether a request came in at the address of the metrics."""
        return self._address.is_reached_by(scope.get("server"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
