"""What is under way, for whoever waits until nothing is."""

from collections.abc import Callable


class UnderWay:
    """Counts what entered and has not left."""

    def __init__(self) -> None:
        self._count = 0
        self._then: Callable[[], None] | None = None

    def enter(self) -> None:
        """One more is under way."""
        self._count += 1

    def leave(self) -> None:
        """One of them is over."""
        self._count -= 1
        if self._then is not None and not self._count:
            self._then()

    def when_none(self, then: Callable[[], None]) -> None:
        """Have `then` called when nothing is under way, now that nothing more comes."""
        if self._count:
            self._then = then
        else:
            then()
