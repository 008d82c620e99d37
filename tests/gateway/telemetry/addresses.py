"""Addresses for tests to have metrics told at."""

import socket

# Of this machine like any other that begins so (RFC 6890), and where nothing else takes ports.
HOST = "127.45.67.89"


def free_address() -> str:
    """An address that nothing listens at."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return f"{HOST}:{listener.getsockname()[1]}"
