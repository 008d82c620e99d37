"""The processes that take part: a server to share through, and gateways."""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

STARTING_SECONDS = 120


def server_program() -> str | None:
    """Where Valkey or Redis is installed; None when neither is."""
    return shutil.which("valkey-server") or shutil.which("redis-server")


@contextmanager
def shared_server(program: str) -> Iterator[str]:
    """The address of a server that keeps nothing, until the block ends."""
    # The path of a socket is short (unix(7)), which not every folder for tests is.
    with tempfile.TemporaryDirectory(prefix="scale-out-") as folder:
        path = Path(folder) / "server.sock"
        arguments = ["--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder]
        with _running([program, *arguments], stdout=subprocess.DEVNULL) as process:
            _until_it_listens(path, process)
            yield f"unix://{path}"


def _until_it_listens(path: Path, process: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
            client.connect(str(path))
            return
        time.sleep(0.02)
    raise RuntimeError("the server that is to be shared through does not start")


class GatewayProcess:
    """A gateway that runs; `origin` is where."""

    def __init__(self, origin: str, process: subprocess.Popen[str]) -> None:
        self.origin = origin
        self._process = process

    def kill(self) -> None:
        """Its machine loses its power."""
        self._process.kill()
        self._process.wait()


@contextmanager
def gateway(config: Path) -> Iterator[GatewayProcess]:
    """A gateway at a port of its own, until the block ends."""
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config), "--port", "0"]
    with _running(command, stderr=subprocess.PIPE) as process:
        log = cast(IO[str], process.stderr)
        said = ""
        for line in log:
            said += line
            if "Application startup complete" in line:
                break
        found = re.search(r"http://[\d.:]+", said)
        if found is None or process.poll() is not None:
            raise RuntimeError(f"a gateway does not start: {said}")
        # Nobody reads the log any more, which must not stop it.
        threading.Thread(target=log.read, daemon=True).start()
        yield GatewayProcess(found[0], process)


@contextmanager
def _running(
    command: list[str], *, stdout: int | None = None, stderr: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdout=stdout, stderr=stderr, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
