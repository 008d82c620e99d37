"""Waiting in tests for what comes by itself."""

import time
from collections.abc import Callable


def until(holds: Callable[[], object], *, seconds: float = 30.0) -> None:
    """Wait until that holds, looking again and again; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)
