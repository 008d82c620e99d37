"""What is measured: a server that answers the questions, and how it is started."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import Server, cores, free_port, serving


@dataclass(frozen=True)
class Launch:
    """A command that serves GraphQL at `/graphql` of a port."""

    command: list[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)


Prepare = Callable[[int, str, Path], Launch]
"""Makes ready to serve a port over the upstream at an origin, with a folder for files."""


@dataclass(frozen=True)
class Contender:
    """`calls_upstream` tells whether a question costs its calls each time, or none once warm;
    `is_ours` whether it is this gateway."""

    name: str
    version: str
    prepare: Prepare
    calls_upstream: bool = True
    is_ours: bool = False


def starting(
    launch: Launch, port: int, log: Path, *, on: Collection[int] | None = None
) -> AbstractContextManager[Server]:
    """What was made ready for a port, on a core of its own if not `on` others; it need not listen
    yet."""
    return serving(
        launch.command,
        port=port,
        on=on or cores()[:1],
        log=log,
        environment=launch.environment,
        folder=launch.folder,
    )


@contextmanager
def running(
    contender: Contender, origin: str, folder: Path, *, on: Collection[int] | None = None
) -> Iterator[Server]:
    """The contender's server, which need not listen yet."""
    port = free_port()
    launch = contender.prepare(port, origin, folder)
    log = folder / f"{contender.name.replace(' ', '-').replace('/', '-')}-{port}.log"
    with starting(launch, port, log, on=on) as server:
        yield server
