"""The clocks of a program."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

_now = partial(datetime.now, UTC)


@dataclass(frozen=True)
class Clock:
    """Monotonic seconds, and the wall clock."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now
