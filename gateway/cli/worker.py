"""What a worker process is begun with.

uvicorn asks a process for a sign of life as soon as it is begun, and takes one that gives none for
hung. It gives none while it reads what it is begun with: so that imports as little as can be, and
the rest when the application is made.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.cli.importing import for_good
from gateway.config import Config, Source

if TYPE_CHECKING:
    from gateway.app import Application

LIFE_SECONDS = 15
"""How long a sign of life may take: a machine can stand still for a while."""


@dataclass(frozen=True)
class Worker:
    """Makes the application of a worker, which reads the configuration again from its source."""

    config: Config
    source: Source

    def __call__(self) -> "Application":
        with for_good():
            from gateway.app import application_for_process

        return application_for_process(self.config, self.source.read)
