"""Writes lines of a log without making anybody wait for the reader."""

import os
import threading
from collections import deque
from contextlib import suppress

PAUSE_SECONDS = 0.05
MOST_BYTES = 4 * 1024 * 1024
PATIENCE_SECONDS = 0.2

_LOST = b'{"level":"warning","event":"%d lines of the log were lost: nobody read them"}\n'


class LineWriter:
    """Lines into an open file, from a thread of its own: many at once, at most `pause` seconds
    after they came.

    While nobody reads at the other end, up to 4 MiB wait; then lines are lost, and how many is
    told when writing goes on.
    """

    def __init__(self, descriptor: int, *, pause: float = PAUSE_SECONDS) -> None:
        self._descriptor = descriptor
        self._pause = pause
        self._lines: deque[bytes] = deque()
        self._size = 0
        self._lost = 0
        self._wanted = threading.Event()
        self._hurry = threading.Event()
        self._written = threading.Condition()
        self._thread: threading.Thread | None = None

    def write(self, line: bytes) -> None:
        """Write a line, without its end, some time soon."""
        if self._size > MOST_BYTES:
            self._lost += 1
            return
        self._lines.append(line)
        self._size += len(line)
        if not self._wanted.is_set():
            self._begin()

    def flush(self) -> None:
        """Have everything written; wait a moment, for as long as it is being read."""
        if not self._lines:
            return
        self._hurry.set()
        self._begin()
        with self._written:
            self._written.wait_for(lambda: not self._lines, PATIENCE_SECONDS)

    def _begin(self) -> None:
        self._wanted.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while self._wanted.wait():
            self._hurry.wait(self._pause)
            self._hurry.clear()
            self._wanted.clear()
            self._write_all()

    def _write_all(self) -> None:
        count, lost = len(self._lines), self._lost
        lines = [self._lines[number] for number in range(count)]
        with suppress(OSError):  # nobody will ever read it
            _write(self._descriptor, b"".join(line + b"\n" for line in lines))
            if lost:
                _write(self._descriptor, _LOST % lost)
                self._lost -= lost
        with self._written:
            for _ in range(count):
                self._size -= len(self._lines.popleft())
            self._written.notify_all()


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
