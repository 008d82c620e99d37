"""`/graphiql`: the explorer, built from `web/` and served by the gateway alone.

Where it was not built a small page of our own stands in and says why.
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

BUILT = Path(__file__).parent.parent / "static"
PLAIN = Path(__file__).parent / "plain"

# The editor adds its styles as it goes, which is all that is allowed to be inline.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self';"
    " style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _Assets(StaticFiles):
    """Files whose names change with their content, so that no client asks for one again."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def routes(built: Path = BUILT) -> list[BaseRoute]:
    """The page, and the files that it loads."""
    page = built / "graphiql.html"
    is_built = page.is_file()
    shown = page if is_built else PLAIN / "graphiql.html"

    async def graphiql(request: Request) -> Response:
        """`/graphiql`: the explorer."""
        return FileResponse(
            shown,
            headers={
                "cache-control": "no-cache",
                "content-security-policy": CONTENT_SECURITY_POLICY,
            },
        )

    assets = _Assets(directory=built / "assets") if is_built else StaticFiles(directory=PLAIN)
    return [Route("/graphiql", graphiql), Mount("/assets", assets)]
