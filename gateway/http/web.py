"""`/graphiql` and `/dashboard`: pages built from `web/` and served by the gateway alone.

Where they were not built a small page of our own stands in and says why.
"""

from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.caller import Scope
from gateway.http.access import access_of

BUILT = Path(__file__).parent.parent / "static"
PLAIN = Path(__file__).parent / "plain"
DOCUMENTS = "dashboard-documents.json"

_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self';"
    " font-src 'self' data:; img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; style-src 'self'"
)
POLICIES = {
    "dashboard": _POLICY,
    # The editor adds its styles as it goes, which is all that is allowed to be inline.
    "graphiql": f"{_POLICY} 'unsafe-inline'",
}
"""The content security policies of the pages."""


class _Assets(StaticFiles):
    """Files whose names change with their content, so that no client asks for one again."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def routes(built: Path = BUILT) -> list[BaseRoute]:
    """The pages, and the files that they load."""
    is_built = (built / "graphiql.html").is_file()
    assets = _Assets(directory=built / "assets") if is_built else StaticFiles(directory=PLAIN)
    pages = [_page(name, built if is_built else PLAIN) for name in POLICIES]
    return [*pages, Mount("/assets", assets)]


def _page(name: str, folder: Path) -> Route:
    file = folder / f"{name}.html"
    shown = file if file.is_file() else folder / "graphiql.html"
    headers = {"cache-control": "no-cache", "content-security-policy": POLICIES[name]}

    async def page(request: Request) -> Response:
        if name == "graphiql":  # the explorer is for administrators
            await access_of(request).require_in_browser(request.scope, Scope.ADMIN)
        return FileResponse(shown, headers=headers)

    return Route(f"/{name}", page)


def documents(built: Path = BUILT) -> dict[str, str]:
    """The operations of the dashboard by their identifiers; none where it was not built."""
    file = built / DOCUMENTS
    return msgspec.json.decode(file.read_bytes(), type=dict[str, str]) if file.is_file() else {}
