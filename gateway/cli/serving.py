"""The gateway under uvicorn."""

import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryDirectory

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import ChangeReload, Multiprocess

from gateway.app import application_for_process
from gateway.config import PROCESSES_VARIABLE, Config, MetricsAddress
from gateway.http.protocol import bounded_protocol
from gateway.telemetry.log import Log
from gateway.telemetry.metrics import FOLDER_VARIABLE

log = logging.getLogger("referral_gateway")

# Operations are answered before (`gateway.http.draining`); what is left then is cut off, so that
# nothing keeps the process for ten seconds.
SHUTDOWN_SECONDS = 8


def serve(
    config: Config, *, host: str, port: int, announce: Callable[[str], None] | None = None
) -> None:
    """Serve in this process until a signal comes; port 0 takes a free one.

    `announce` is told the origin as soon as clients can connect to it.
    """
    settings = uvicorn.Config(
        application_for_process(config),
        http=bounded_protocol(config.demand),
        ws="none",
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    listeners = _listeners(settings, config)
    if announce is not None:
        announce(f"http://{host}:{listeners[0].getsockname()[1]}")
    server = uvicorn.Server(settings)
    with suppress(KeyboardInterrupt):
        server.run(sockets=listeners)
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def serve_by_processes(config: Config, *, host: str, port: int, workers: int, reload: bool) -> None:
    """Serve in worker processes, each of which reads the configuration itself and keeps to its
    share of each program's allowance."""
    os.environ[PROCESSES_VARIABLE] = str(workers)
    Log().take_over()
    settings = uvicorn.Config(
        "gateway.app:application_from_environment",
        factory=True,
        http=bounded_protocol(config.demand),
        ws="none",
        host=host,
        port=port,
        workers=None if reload else workers,
        reload=reload,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    listeners = _listeners(settings, config)
    if reload:
        ChangeReload(settings, target=uvicorn.Server(settings).run, sockets=listeners).run()
    else:
        with TemporaryDirectory(prefix="referral-gateway-metrics-") as folder:
            os.environ[FOLDER_VARIABLE] = folder  # for the workers
            _Workers(settings, sockets=listeners).run()


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
    while the workers drain, and nobody would answer them."""

    def terminate_all(self) -> None:
        for listener in self.sockets:
            listener.close()
        super().terminate_all()
