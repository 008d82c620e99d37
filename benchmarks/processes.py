"""Server processes: started on one core, watched by what the kernel tells, ended."""

import os
import socket
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NoReturn

START_SECONDS = 60.0
STOP_SECONDS = 10.0

PROC = Path("/proc")
CPU_CLOCK = 2  # CPUCLOCK_SCHED of Linux


@cache  # what was usable before this process bound itself to one of them
def cores() -> tuple[int, int]:
    """The core of what is measured, and the one of all else; the same where there is but one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


@contextmanager
def on_cores(*cores: int) -> Iterator[None]:
    """What this process does within the block, and what it starts, runs on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class DidNotStart(Exception):
    """A server ended or stayed silent; the text is what it said."""


class Server:
    """A process that serves a port of this machine, with all processes that it starts."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.pid = process.pid
        self.port = port
        self.started = time.perf_counter()
        self._process = process
        self._log = log

    def cpu_seconds(self) -> float:
        """The processor time used so far, in user and kernel mode, by all threads."""
        return sum(map(_cpu_seconds, descendants(self.pid)))

    def peak_rss_mb(self) -> float:
        """The most memory that was resident, in MB (10^6 bytes), of all its processes."""
        kilobytes = 0
        for pid in descendants(self.pid):
            for line in (PROC / str(pid) / "status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    kilobytes += int(line.split()[1])
        return kilobytes * 1024 / 1e6

    def accepts(self) -> bool:
        """Whether it takes connections. Raises DidNotStart when it has ended."""
        if self._process.poll() is not None:
            self._did_not_start(f"exit code {self._process.returncode}")
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def wait_until_accepting(self) -> None:
        """Raises DidNotStart when it never does."""
        deadline = time.monotonic() + START_SECONDS
        while not self.accepts():
            if time.monotonic() > deadline:
                self._did_not_start(f"silent for {START_SECONDS:g} seconds")
            time.sleep(0.002)

    def _did_not_start(self, why: str) -> NoReturn:
        raise DidNotStart(f"{why}\n{self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """End it; by force when it does not go."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def serving(
    command: Sequence[str],
    *,
    port: int,
    on: Collection[int],
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Server]:
    """A server for the length of the block, `on` these cores; it need not listen yet. What it says
    goes to `log`."""
    with log.open("wb") as output:
        with on_cores(*on):
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        server = Server(process, port, log)
        try:
            yield server
        finally:
            server.stop()


def descendants(pid: int) -> list[int]:
    """The process and all that came of it."""
    parents = {}
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found


def _cpu_seconds(pid: int) -> float:
    """To the nanosecond, where /proc/PID/stat counts in hundredths of a second; none when the
    process is gone."""
    # clock_getcpuclockid(3) as the C library makes it: Python has it for threads alone.
    clock = ~pid << 3 | CPU_CLOCK
    try:
        return time.clock_gettime(clock)
    except OSError:
        return 0.0


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name (proc(5)); none when the process is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()
