"""A TCP server that does to a connection what no HTTP server would."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

PACE_SECONDS = 0.02


class Connection:
    """One accepted connection, as scripts see it: every operation ends when the peer is gone."""

    def __init__(self, peer: socket.socket, stopping: threading.Event) -> None:
        self._peer = peer
        self._stopping = stopping

    def read_request(self) -> bytes:
        """The next request with its body; empty when the peer leaves instead."""
        received = b""
        while b"\r\n\r\n" not in received:
            if not (chunk := self._peer.recv(65_536)):
                return b""
            received += chunk
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [
            int(line.split(b":")[1])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length:")
        ]
        while len(body) < sum(lengths):
            body += self._peer.recv(65_536)
        return head + b"\r\n\r\n" + body

    def read_some(self) -> None:
        """A few bytes of a request."""
        self._peer.recv(10)

    def send(self, *parts: bytes) -> None:
        """Send bytes as they are."""
        self._peer.sendall(b"".join(parts))

    def drip(self, part: bytes) -> None:
        """Send the same little part at a steady pace for as long as anybody listens."""
        while not self._stopping.wait(PACE_SECONDS):
            self._peer.sendall(part)

    def flood(self, part: bytes) -> None:
        """Send the same part as fast as it is taken, for as long as anybody listens."""
        while not self._stopping.is_set():
            self._peer.sendall(part)

    def wait_for_leaving(self) -> None:
        """Say nothing more until the peer is gone."""
        while self._peer.recv(65_536):
            pass

    def reset(self) -> None:
        """Close with a reset instead of an orderly end."""
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._peer.close()


Script = Callable[[Connection], None]


class RawServer:
    """Runs `script` on each connection, then closes it. `accepted` counts the connections."""

    def __init__(self, listener: socket.socket) -> None:
        self.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.script: Script = Connection.wait_for_leaving
        self.accepted = 0
        self._listener = listener
        self._stopping = threading.Event()
        self._peers: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def run(self) -> None:
        """Accept connections until the listener is closed."""
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            thread = threading.Thread(target=self._serve, args=(peer, self.script), daemon=True)
            self._peers.append(peer)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket, script: Script) -> None:
        with suppress(OSError), peer:
            script(Connection(peer, self._stopping))

    def stop(self) -> None:
        """Close everything."""
        self._stopping.set()
        for peer in (self._listener, *self._peers):
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
            peer.close()
        for thread in self._threads:
            thread.join(5)


@contextmanager
def raw_server() -> Iterator[RawServer]:
    """A raw server until the block ends."""
    server = RawServer(socket.create_server(("127.0.0.1", 0)))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)


@contextmanager
def refusing() -> Iterator[str]:
    """An origin where nobody listens, and nobody else will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def unreachable() -> Iterator[str]:
    """An origin that never takes a connection up: its queue of them is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
