"""The last instant of a program's calls, told while some of them are under way."""

import asyncio


class Finish:
    """Ends calls at `instant`, of the loop's clock, whatever they wait for.

    A call is a task between `enter` and `leave`. One that is cancelled in between asks whether
    that `is_the_end`. It is what `asyncio.timeout` does, for many calls by a single timer.
    """

    def __init__(self) -> None:
        self.instant = float("inf")
        self._under_way: dict[asyncio.Task[object], int] = {}
        self._ended: set[asyncio.Task[object]] = set()

    def by(self, instant: float) -> None:
        """Let no call last beyond an instant. It may become an earlier one, never a later."""
        if instant < self.instant:
            self.instant = instant
            asyncio.get_running_loop().call_at(instant, self._end_all)

    def enter(self) -> "asyncio.Task[object]":
        """A call begins in the task at hand."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("calls are made by tasks")
        self._under_way[task] = task.cancelling()
        return task

    def leave(self, task: "asyncio.Task[object]") -> None:
        """The call of a task is over, whatever came of it."""
        del self._under_way[task]
        if task in self._ended:
            self._ended.discard(task)
            task.uncancel()

    def is_the_end(self, task: "asyncio.Task[object]") -> bool:
        """Whether this is why the task was cancelled, and nobody else has cancelled it too."""
        return task in self._ended and task.cancelling() <= self._under_way[task] + 1

    def _end_all(self) -> None:
        for task in self._under_way.keys() - self._ended:
            self._ended.add(task)
            task.cancel()
