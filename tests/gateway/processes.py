"""The gateway's commands, each as a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]


@contextmanager
def running(
    *arguments: str,
    module: str = "gateway",
    program: Path | None = None,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """A command of a module, or of a program if one is given, while it runs; it is gone when the
    block ends. `environment` is added to ours."""
    command = [sys.executable, "-m", module] if program is None else [program]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # with the workers


def lines_until(stream: IO[str] | None, pattern: str) -> list[str]:
    """What a process says up to a line that matches, that one included."""
    assert stream is not None
    lines = []
    for line in stream:
        lines.append(line.rstrip("\n"))
        if re.search(pattern, line):
            return lines
    raise AssertionError(f"it ended, having said {lines}")


def serving(process: subprocess.Popen[str]) -> str:
    """The origin of a process that serves, once requests can be sent there."""
    said = "\n".join(lines_until(process.stderr, "Application startup complete"))
    address = re.search(r"http://[\d.:]+", said)
    assert address is not None
    return address[0]


def children(pid: int) -> list[int]:
    """The processes that one has begun and that take requests."""
    begun = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in begun if b"spawn_main" in _command(child)]


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return b""
