"""The gateway under uvicorn."""

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import ChangeReload, Multiprocess

from gateway.app import Reread, application_for_process
from gateway.cli.worker import LIFE_SECONDS, Worker
from gateway.config import Config, ConfigError, MetricsAddress, Source
from gateway.telemetry.log import Log
from gateway.telemetry.metrics import FOLDER_VARIABLE

log = logging.getLogger("referral_gateway")

# Operations are answered before (`gateway.http.draining`); what is left then is cut off, so that
# nothing keeps the process for ten seconds.
SHUTDOWN_SECONDS = 8


def serve(
    config: Config,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None] | None = None,
    reread: Reread | None = None,
) -> None:
    """Serve in this process until a signal comes; port 0 takes a free one.

    `announce` is told the origin as soon as clients can connect to it. At SIGHUP the configuration
    is `reread`, where there is a way to.
    """
    settings = _settings(application_for_process(config, reread), host, port)
    listeners = _listeners(settings, config)
    if announce is not None:
        announce(f"http://{host}:{listeners[0].getsockname()[1]}")
    server = uvicorn.Server(settings)
    with suppress(KeyboardInterrupt):
        server.run(sockets=listeners)
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def serve_by_workers(config: Config, source: Source, *, port: int) -> None:
    """Serve in worker processes, each of which keeps to its share of each program's allowance."""
    Log().take_over()
    settings = _settings(
        Worker(config, source),
        source.host,
        port,
        factory=True,
        workers=source.processes,
        timeout_worker_healthcheck=LIFE_SECONDS,
    )
    listeners = _listeners(settings, config)
    with TemporaryDirectory(prefix="referral-gateway-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder  # for the workers
        _Workers(settings, source, listeners).run()


def serve_reloading(config: Config, *, host: str, port: int) -> None:
    """Serve in a process that starts again whenever the code changes."""
    Log().take_over()
    # uvicorn wants a name to do so.
    application = "gateway.app:application_from_environment"
    settings = _settings(application, host, port, factory=True, reload=True)
    listeners = _listeners(settings, config)
    ChangeReload(settings, target=uvicorn.Server(settings).run, sockets=listeners).run()


def _settings(application: Any, host: str, port: int, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="gateway.http.repeating:RepeatingProtocol",
        ws="none",
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        **more,
    )


def _listeners(settings: uvicorn.Config, config: Config) -> list[socket.socket]:
    """What is listened to: the gateway's address, and the one of the metrics if they have one."""
    listener = settings.bind_socket()
    listener.listen(settings.backlog)  # who comes before anybody is up waits
    return [listener] if config.metrics is None else [listener, _metrics_listener(config.metrics)]


def _metrics_listener(address: MetricsAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listener = socket.create_server(address, family=family)
    except OSError as error:
        log.error("metrics: address: cannot be listened to: %s", error.strerror)
        sys.exit(STARTUP_FAILURE)
    listener.set_inheritable(True)
    return listener


class _Workers(Multiprocess):
    """uvicorn's, which would keep the listening socket to the end: clients could still connect
    while the workers drain, and nobody would answer them. At SIGHUP it would replace the workers;
    here they go on, and read their configuration again."""

    def __init__(
        self, settings: uvicorn.Config, source: Source, listeners: list[socket.socket]
    ) -> None:
        super().__init__(settings, sockets=listeners)
        self._source = source
        if hasattr(signal, "SIGHUP"):
            # It is heeded from here on; and workers inherit what is held back.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})

    def terminate_all(self) -> None:
        for listener in self.sockets:
            listener.close()
        super().terminate_all()

    def handle_hup(self) -> None:
        # One that takes the place of another begins with what was last right, whatever is in the
        # file by then. What is wrong with it is for those to say who stay as they are.
        with suppress(ConfigError):
            self.config.app = Worker(self._source.read(), self._source)
        for process in self.processes:
            if process.pid is not None and process.exitcode is None:
                # It ends one that is still starting, in whose place comes one that has read it.
                os.kill(process.pid, signal.SIGHUP)
