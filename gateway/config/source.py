"""Where a running gateway's configuration comes from, now and whenever it is read again."""

from dataclasses import dataclass, replace
from pathlib import Path

from gateway.config.loading import load
from gateway.config.model import Config
from gateway.config.origins import is_loopback
from gateway.config.tables import ConfigError


@dataclass(frozen=True)
class Source:
    """The `file` (see `load`), for a gateway that listens to `host` by so many `processes`."""

    file: Path | None
    host: str
    processes: int = 1

    def read(self) -> Config:
        """The configuration as it is there now. Raises ConfigError."""
        config = replace(load(self.file), processes=self.processes)
        if config.access.is_open and not is_loopback(self.host):
            raise ConfigError(
                [
                    "access: without keys or tokens to ask for, a gateway listens to its own"
                    f" machine alone, not to {self.host}; `keys create` makes a key"
                ]
            )
        return config
