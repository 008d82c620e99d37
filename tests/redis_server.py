"""A real Redis or Valkey server, started by the tests."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

BINARY = shutil.which("valkey-server") or shutil.which("redis-server")

needs_redis = pytest.mark.skipif(
    BINARY is None, reason="neither redis-server nor valkey-server is installed"
)


class RedisServer:
    """A server of its own at a socket in a folder of its own, which survives its restarts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"
        self.client: Any = Redis(unix_socket_path=str(self._socket))

    def start(self) -> None:
        """Start it, with what it last saved."""
        assert BINARY is not None
        self._process = subprocess.Popen(
            [BINARY, "--port", "0", "--unixsocket", self._socket, "--save", "", "--dir", "."],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + 30
        while True:
            try:
                self.client.ping()
                return
            except RedisError:
                assert self._process.poll() is None, "the server ended"
                assert time.monotonic() < give_up, "the server does not answer"
                time.sleep(0.02)

    def kill(self) -> None:
        """Its machine lost its power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    def hang(self) -> None:
        """It answers no more, and its connections stay."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def names(self) -> list[bytes]:
        """The names of all that is kept there."""
        return list(self.client.scan_iter())

    def content(self) -> bytes:
        """All that is kept there, names and values."""
        return b"\n".join(part for name in self.names() for part in (name, *self._parts(name)))

    def _parts(self, name: bytes) -> Any:
        kind = self.client.type(name)
        if kind == b"hash":
            return [part for item in self.client.hgetall(name).items() for part in item]
        if kind == b"list":
            return self.client.lrange(name, 0, -1)
        if kind == b"zset":
            return self.client.zrange(name, 0, -1)
        assert kind == b"string", kind
        return [self.client.get(name) or b""]


def running_redis(folder: Path) -> Iterator[RedisServer]:
    """A server until the test ends."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        server.client.close()
