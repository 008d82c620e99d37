"""The log: a JSON object a line, or coloured text on a terminal; with the id of the request."""

import atexit
import logging
import os
import sys
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from traceback import extract_tb
from typing import Any

import orjson
import structlog
from structlog.stdlib import ProcessorFormatter

from gateway.telemetry.lines import LineWriter

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request at hand; empty outside of any."""

_Event = MutableMapping[str, Any]
_Renderer = Callable[[Any, str, _Event], str | bytes]

_LIBRARIES = ("uvicorn", "uvicorn.error", "uvicorn.asgi")


class Log:
    """A log on an open file, the standard error by default."""

    def __init__(self, descriptor: int | None = None) -> None:
        descriptor = sys.stderr.fileno() if descriptor is None else descriptor
        self._lines = LineWriter(descriptor)
        self._render: _Renderer = (
            structlog.dev.ConsoleRenderer() if os.isatty(descriptor) else _as_json
        )

    def write(self, event: _Event) -> None:
        """Write one event, which has `timestamp`, `level`, `event` and whatever else."""
        # Straight to the renderer: structlog's loggers cost more than all the rest of a line.
        line = self._render(None, "", event)
        self._lines.write(line if isinstance(line, bytes) else line.encode())

    def take_over(self) -> None:
        """Write what the gateway and uvicorn log through `logging`, at once."""
        handler = _Handler(self)
        atexit.register(self.flush)
        logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
        for name in ("referral_gateway", *_LIBRARIES):
            logging.getLogger(name).setLevel(logging.INFO)

    def flush(self) -> None:
        """Have everything written, as far as it is being read."""
        self._lines.flush()

    def write_now(self, line: str) -> None:
        """Write a line that is rendered already, and all before it."""
        self._lines.write(line.encode())
        self._lines.flush()

    def formatter(self) -> logging.Formatter:
        """Makes lines of what was logged through `logging`."""
        return ProcessorFormatter(
            processors=[ProcessorFormatter.remove_processors_meta, self._render_text],
            foreign_pre_chain=[_with_context, structlog.stdlib.add_log_level, _place_of_exception],
        )

    def _render_text(self, logger: Any, name: str, event: _Event) -> str:
        line = self._render(logger, name, event)
        return line if isinstance(line, str) else line.decode()


class _Handler(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log
        self.setFormatter(log.formatter())

    def emit(self, record: logging.LogRecord) -> None:
        self._log.write_now(self.format(record))


def _with_context(_logger: Any, _name: str, event: _Event) -> _Event:
    request = REQUEST_ID.get()
    event["timestamp"] = datetime.now(UTC)
    if request:
        event["request_id"] = request
    return event


def _place_of_exception(_logger: Any, _name: str, event: _Event) -> _Event:
    """What was raised and where, but not its text, which may quote anything."""
    raised = event.pop("exc_info", None)
    if raised:
        kind, _, frames = raised
        places = (f"{f.name} ({f.filename}:{f.lineno})" for f in extract_tb(frames)[::-1])
        event["exception"] = f"{kind.__name__} in {' < '.join(places)}"
    return event


def _as_json(_logger: Any, _name: str, event: _Event) -> bytes:
    return orjson.dumps(event, default=str)
