"""A running upstream: nginx where there is one, else the responder in this folder."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson

from benchmarks.processes import cores, free_port, serving
from benchmarks.upstream.nginx import configuration
from benchmarks.upstream.recording import Answers
from benchmarks.upstream.responder import COUNT

ROOT = Path(__file__).parents[2]


class Upstream:
    """What to connect to, what it answers, and how often it was asked."""

    def __init__(self, name: str, port: int, targets: Iterable[str]) -> None:
        self.name = name
        self.port = port
        self.targets = tuple(targets)
        self.origin = f"http://127.0.0.1:{port}"
        self._told = 0

    def requests(self) -> int:
        """How many requests came since the last time this was asked."""
        now = self._count()
        # Telling the count is a request itself.
        came, self._told = now - self._told - 1, now
        return came

    def _count(self) -> int:
        with httpx.Client(trust_env=False) as http:
            text = http.get(self.origin + COUNT).raise_for_status().text
        return int(text.splitlines()[2].split()[2])


def keep(answers: Answers, folder: Path) -> dict[str, str]:
    """Put the answers into files; the name of each target's file, also in `index.json`."""
    folder.chmod(0o755)  # nginx started by root reads as somebody else
    index = {}
    for number, (target, body) in enumerate(answers.items()):
        index[target] = f"{number}.json"
        (folder / index[target]).write_bytes(body)
    (folder / "index.json").write_bytes(orjson.dumps(index))
    return index


@contextmanager
def fastest(answers: Answers, folder: Path) -> Iterator[Upstream]:
    """An upstream that answers at once."""
    nginx = shutil.which("nginx")
    if nginx is None:
        with responder(answers, folder, delay_ms=0) as upstream:
            yield upstream
        return
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(configuration(folder, keep(answers, folder), port))
    told = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=True).stderr
    version = re.search(r"nginx/(\S+)", told)
    name = f"nginx {version[1] if version else ''}".strip()
    command = [nginx, "-e", str(folder / "nginx.log"), "-p", str(folder), "-c", str(file)]
    with serving(command, port=port, on=cores()[1:], log=folder / "nginx.out") as server:
        server.wait_until_accepting()
        yield Upstream(name, port, answers)


@contextmanager
def responder(answers: Answers, folder: Path, *, delay_ms: float) -> Iterator[Upstream]:
    """An upstream that takes its time."""
    keep(answers, folder)
    port = free_port()
    module = "benchmarks.upstream.responder"
    command = [sys.executable, "-m", module, str(port), str(folder), str(delay_ms)]
    log = folder / f"responder-{port}.log"
    with serving(command, port=port, on=cores()[1:], log=log, folder=ROOT) as server:
        server.wait_until_accepting()
        yield Upstream("benchmarks.upstream.responder", port, answers)
