"""The REST API of Pixlpay, emulated."""

from adapters.pixlpay.sandbox.app import PixlpaySandbox

__all__ = ["PixlpaySandbox"]
