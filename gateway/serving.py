"""The gateway under uvicorn."""

import uvicorn

from gateway.app import create_app
from gateway.config import Config

# Longer than any operation may take, so that what is in flight is answered (seconds).
SHUTDOWN_SECONDS = 10


def serve(config: Config, *, host: str, port: int) -> None:
    """Serve in this process until a signal comes."""
    uvicorn.run(
        create_app(config),
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def serve_by_processes(*, host: str, port: int, workers: int, reload: bool) -> None:
    """Serve in worker processes, each of which reads the configuration itself."""
    uvicorn.run(
        "gateway.app:create_app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=None if reload else workers,
        reload=reload,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
