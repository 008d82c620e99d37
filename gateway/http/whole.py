"""How the server takes a whole answer in one piece."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

WHOLE_ANSWER = "referral_gateway.whole_answer"
"""The extension of the ASGI scope by which an answer goes out in one piece: its `send` is
a `SendWhole`."""

SendWhole: TypeAlias = Callable[[int, Iterable[tuple[bytes, bytes]], bytes], bool]
"""Sends status, headers and body, which are fit to be sent as they are. False, and nothing done,
where they have to go the usual way."""
