"""The server's side of a connection, where no application is needed to tell."""

import pickle

from gateway.config import LimitsConfig
from gateway.http.protocol import bounded_protocol


def test_it_can_be_sent_to_worker_processes() -> None:
    made = pickle.loads(pickle.dumps(bounded_protocol(LimitsConfig(header_bytes=7))))  # noqa: S301
    assert made.args == (LimitsConfig(header_bytes=7),)
