"""The command line, and what its commands do."""

from gateway.cli.commands import main

__all__ = ["main"]
