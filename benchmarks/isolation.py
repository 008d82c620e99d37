"""`python -m benchmarks.isolation`: what a provider that hangs costs the queries about others.

Prints the 99th percentile of queries about one program, in milliseconds: while all is well, and
while the other program's provider answers nobody who asks it.
"""

import http.client
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from benchmarks.contenders import starting
from benchmarks.ours import launch, program
from benchmarks.processes import free_port
from benchmarks.questions import BLOCK_HAVEN, CORAL_AVENUE

QUERIES = 300
MOST_IN_FLIGHT = 32
STUCK_CALLERS = 40
STUCK_SECONDS = 30.0
"""In which calls that hang are under way, or never."""

SOUND = f'{{ program(key: "{CORAL_AVENUE}") {{ tiers {{ nodes {{ name }} }} }} }}'
STUCK = f'{{ program(key: "{BLOCK_HAVEN}") {{ codeValidation(code: "C%d") {{ isValid }} }} }}'


def ask(connection: http.client.HTTPConnection, query: str) -> None:
    """One query, read to the end of its answer."""
    body = json.dumps({"query": query})
    connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
    connection.getresponse().read()


def p99(port: int) -> float:
    """The 99th percentile in milliseconds of one query after another."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times = []
    for _ in range(QUERIES):
        started = time.perf_counter()
        ask(connection, SOUND)
        times.append((time.perf_counter() - started) * 1000)
    connection.close()
    return sorted(times)[QUERIES * 99 // 100 - 1]


@contextmanager
def stuck_callers(port: int) -> Iterator[None]:
    """Callers who ask the other program, and wait; all have their answers when the block ends."""

    def wait(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        ask(connection, STUCK % number)
        connection.close()

    threads = [threading.Thread(target=wait, args=(n,)) for n in range(STUCK_CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def main() -> None:
    """Measure and print."""
    coral, haven = PiggySandbox(calls_per_minute=None), PixlpaySandbox(calls_per_minute=None)
    with (
        serve_in_thread(coral) as served_coral,
        serve_in_thread(haven) as served_haven,
        tempfile.TemporaryDirectory() as folder,
    ):
        port = free_port()
        programs = program(CORAL_AVENUE, "piggy", served_coral.origin)
        programs += program(BLOCK_HAVEN, "pixlpay", served_haven.origin)
        launched = launch(programs, port, Path(folder), fresh=0, response=0)
        with starting(launched, port, Path(folder, "log")) as server:
            server.wait_until_accepting()
            p99(port)
            normal = p99(port)
            haven.faults.add(Fault("hang"))
            with stuck_callers(port):
                deadline = time.monotonic() + STUCK_SECONDS
                while len(haven.calls) < MOST_IN_FLIGHT:
                    if time.monotonic() > deadline:
                        sys.exit(f"only {len(haven.calls)} calls hang")
                    time.sleep(0.01)
                beside = p99(port)
            haven.faults.clear()
    print(f"p99 while all is well: {normal:.1f} ms; beside a provider that hangs: {beside:.1f} ms")
    sys.exit(beside > max(1.2 * normal, normal + 20))


if __name__ == "__main__":
    main()
