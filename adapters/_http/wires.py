"""Which wire a program's calls go over."""

from adapters._http.lean_wire import LeanWire
from adapters._http.wire import HttpxWire, Wire
from adapters.provider import ProgramConfig


def open_wire(config: ProgramConfig) -> Wire:
    """The wire that the configuration names."""
    kind = LeanWire if config.limits.wire == "lean" else HttpxWire
    return kind(config.base_url, limits=config.limits)
