"""The REST API of Piggy (now Leat), emulated."""

from adapters.piggy.sandbox.app import PiggySandbox

__all__ = ["PiggySandbox"]
