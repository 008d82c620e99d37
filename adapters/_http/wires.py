"""Which wire a program's calls go over."""

from adapters._http.httpx_wire import HttpxWire
from adapters._http.lean_wire import LeanWire
from adapters._http.wire import Wire
from adapters.limits import UpstreamLimits


def open_wire(origin: str, limits: UpstreamLimits) -> Wire:
    """The wire that the limits name, to one origin."""
    kind = HttpxWire if limits.wire == "httpx" else LeanWire
    return kind(origin, limits=limits)
