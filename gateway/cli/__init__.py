"""The command line, and what its commands do."""

from gateway.cli.importing import for_good

with for_good():
    from gateway.cli.commands import main

__all__ = ["main"]
