"""What the kernel tells of a server's processes."""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.processes import DidNotStart, cores, descendants, free_port, on_cores, serving

# Works for a second of processor time in a child process, then listens.
BUSY = """
import socket, subprocess, sys
burn = "import time\\nwhile time.process_time() < 0.5: pass\\nx = bytearray(50_000_000)\\ninput()"
child = subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE)
import time
while time.process_time() < 0.5: pass
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
child.wait()
"""


def test_cpu_and_memory_of_all_its_processes(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", BUSY, str(port)]
    with serving(command, port=port, on=cores()[:1], log=tmp_path / "log") as server:
        server.wait_until_accepting()
        assert len(descendants(server.pid)) == 2
        while server.cpu_seconds() < 1.0:
            os.sched_yield()
        assert server.peak_rss_mb() > 10


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", "raise SystemExit('no such shop')"]
    with (
        serving(command, port=port, on=cores()[:1], log=tmp_path / "log") as server,
        pytest.raises(DidNotStart, match="exit code 1\nno such shop"),
    ):
        server.wait_until_accepting()


def test_what_is_measured_has_a_core_of_its_own_where_there_are_two(tmp_path: Path) -> None:
    usable = os.sched_getaffinity(0)
    log = tmp_path / "log"
    with (
        on_cores(cores()[1]),
        serving(["sleep", "60"], port=free_port(), on=cores()[:1], log=log) as server,
    ):
        ours = os.sched_getaffinity(0)
        assert len(ours) == 1
        assert ours | os.sched_getaffinity(server.pid) == {min(usable), max(usable)}


def test_the_core_is_given_back() -> None:
    before = os.sched_getaffinity(0)
    with on_cores(cores()[1]):
        assert os.sched_getaffinity(0) == {cores()[1]}
    assert os.sched_getaffinity(0) == before
