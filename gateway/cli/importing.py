"""Imports that last as long as the process."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def for_good() -> Iterator[None]:
    """Nothing of what is made in the block is ever looked at as garbage: to look for some while
    modules are imported takes a tenth of the start, and finds none."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
