"""What the resolvers of one request share."""

from dataclasses import dataclass

from gateway.loaders import Loaders
from gateway.programs import Programs


@dataclass(frozen=True)
class Context:
    """The programs that the caller sees, and the request's own loaders."""

    programs: Programs
    loaders: Loaders

    @classmethod
    def for_request(cls, programs: Programs) -> "Context":
        """A context with loaders of its own. Needs a running event loop."""
        return cls(programs, Loaders(programs))
