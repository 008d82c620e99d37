"""A log that tests read."""

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.telemetry.log import Log


class WrittenLog:
    """A log in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._open = file.open("wb")
        self.log = Log(self._open.fileno())

    def text(self) -> str:
        """All that was written so far."""
        self.log.flush()
        return self._file.read_text(encoding="utf-8")

    def lines(self, count: int) -> list[dict[str, Any]]:
        """The events, once so many are there: an answer is sent before its line is written."""
        end = time.monotonic() + 20
        while len(lines := self.text().splitlines()) < count:
            assert time.monotonic() < end
            time.sleep(0.01)
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        self.log.flush()
        self._open.close()


class Logs:
    """Everything that was logged or printed, at every level."""

    def __init__(
        self,
        written: WrittenLog,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.DEBUG)
        self.written = written
        self._caplog = caplog
        self._capsys = capsys

    def text(self, requests: int = 1) -> str:
        """What there is after so many requests; printed text comes once."""
        assert {line["event"] for line in self.written.lines(requests)} == {"request"}
        return "".join((self.written.text(), self._caplog.text, *self._capsys.readouterr()))
