"""What the experiments on growth have in common."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks import ours
from benchmarks.contenders import Contender, Launch, running
from benchmarks.load import Load, ask
from benchmarks.measuring import Sample, sample
from benchmarks.processes import Server
from benchmarks.questions import request
from benchmarks.upstream.serving import Upstream


@dataclass(frozen=True)
class Growth:
    """A table: what grows, a name for each figure, and a row of figures for each size."""

    title: str
    figures: Sequence[str]
    rows: Sequence[tuple[str, Mapping[str, float]]]


@dataclass(frozen=True)
class Setting:
    """What an experiment runs over: the upstream that answers at once, a folder for files, and how
    long and how often a sample is taken."""

    upstream: Upstream
    folder: Path
    seconds: float
    rounds: int

    @contextmanager
    def gateway(
        self,
        programs: str,
        *,
        fresh: float = 0,
        response: float = 0,
        workers: int = 1,
        calls: int | None = None,
        on: Collection[int] | None = None,
    ) -> Iterator[Server]:
        """A gateway over these programs, ready to be asked; `on` some cores, if not on its one."""

        def prepare(port: int, _: str, folder: Path) -> Launch:
            return ours.launch(
                programs,
                port,
                folder,
                fresh=fresh,
                response=response,
                workers=workers,
                calls=calls,
            )

        contender = Contender("gateway", ours.VERSION, prepare)
        with running(contender, self.upstream.origin, self.folder, on=on) as server:
            server.wait_until_accepting()
            yield server

    def cost(self, server: Server, query: str, *, connections: int = 8) -> Sample:
        """What an answer costs, the first one aside."""
        once(server, query)
        return Sample.median([self._sample(server, query, connections) for _ in range(self.rounds)])

    def _sample(self, server: Server, query: str, connections: int) -> Sample:
        return sample(server, request(query), seconds=self.seconds, connections=connections)[0]


def once(server: Server, query: str) -> Load:
    """The answer to a query asked once. Raises WrongAnswer."""
    return uvloop.run(ask(server.port, request(query), most=1))
