"""The other addresses: the schema's text, liveness and readiness."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)

from gateway.caller import Scope
from gateway.errors import ErrorCode
from gateway.execution.failures import masked
from gateway.http.access import access_of
from gateway.http.exchange import BadRequest
from gateway.programs import Programs
from gateway.schema import schema_text
from gateway.telemetry.metrics import Metrics

if TYPE_CHECKING:  # the client behind it is an extra
    from adapters.sharing.sharing import Sharing

VERSION = version("referral-gateway")


async def home(request: Request) -> Response:
    """`/`: a browser goes on to GraphiQL, anything else learns where things are."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/graphiql")
    return JSONResponse({"graphql": "/graphql", "graphiql": "/graphiql", "health": "/healthz"})


async def schema_sdl(request: Request) -> Response:
    """`/schema.graphql`: the schema in the schema definition language, for whoever may ask the API
    for it."""
    await access_of(request).require(request.scope, Scope.REFERRALS_READ)
    return PlainTextResponse(schema_text())


async def healthz(request: Request) -> Response:
    """`/healthz`: the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """`/readyz`: requests can be taken. A provider that is down makes no gateway unready; which
    one is, administrators are told of the programs that they see, and the gateway's version."""
    told: dict[str, Any] = {"status": "ready"}
    caller = await access_of(request).known(request.scope)
    if caller is not None and caller.may(Scope.ADMIN):
        programs: Programs = request.app.state.programs.only(caller.program_keys)
        told["version"] = VERSION
        told["shared_cache"] = _state(request.app.state.sharing)
        told["programs"] = {p.key: p.provider.health.status for p in programs}
    return JSONResponse(told)


async def metrics(request: Request) -> Response:
    """`/metrics`: for Prometheus, of all programs; so for administrators who see all of them."""
    caller = await access_of(request).require(request.scope, Scope.ADMIN)
    if caller.program_keys is not None:
        message = "Metrics tell of all programs, and not all are there for this caller."
        raise BadRequest(403, ErrorCode.FORBIDDEN, message)
    told: Metrics = request.app.state.metrics
    return Response(told.text(), media_type=CONTENT_TYPE_LATEST)


def _state(sharing: "Sharing | None") -> str:
    if sharing is None:
        return "off"
    return "up" if sharing.is_up else "down"


async def refused(request: Request, error: Exception) -> Response:
    """What is not served: an address or a method."""
    error = cast(HTTPException, error)
    codes = {404: ErrorCode.NOT_FOUND, 405: ErrorCode.METHOD_NOT_ALLOWED}
    code = codes.get(error.status_code, ErrorCode.BAD_REQUEST)
    content = {"errors": [{"message": error.detail, "extensions": {"code": code}}]}
    return JSONResponse(content, error.status_code, error.headers)


async def not_let_in(request: Request, error: Exception) -> Response:
    """Who may not have what they ask for."""
    error = cast(BadRequest, error)
    headers = {name.decode(): value.decode() for name, value in error.headers}
    return JSONResponse(error.content, error.status, headers)


async def failed(request: Request, error: Exception) -> Response:
    """What nobody foresaw."""
    return JSONResponse({"errors": [masked(error)]}, 500)
