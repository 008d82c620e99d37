from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from tests.sandboxes.clients import plain_client


def test_stopping_refuses_clients_and_is_idempotent() -> None:
    with serve_in_thread(PiggySandbox()) as served, plain_client() as client:
        assert served.origin == f"http://127.0.0.1:{served.port}"
        assert client.get(served.origin).status_code == 404
        served.stop()
        served.stop()
        with pytest.raises(httpx.ConnectError):
            client.get(served.origin)


def test_a_port_can_be_served_again_at_once() -> None:
    sandbox = PiggySandbox()
    with serve_in_thread(sandbox) as served, plain_client() as client:
        assert client.get(served.origin).status_code == 404
        served.stop()
        with serve_in_thread(sandbox, port=served.port) as again:
            assert again.origin == served.origin
            assert client.get(served.origin).status_code == 404
    assert sandbox.count() == 2


def test_stopping_closes_connections_in_use() -> None:
    sandbox = PiggySandbox()
    sandbox.faults.add(Fault("hang"))
    with (
        serve_in_thread(sandbox) as served,
        plain_client() as client,
        ThreadPoolExecutor() as threads,
    ):
        answer = threads.submit(client.get, served.origin)
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.1)
        served.stop()
        with pytest.raises(httpx.TransportError):
            answer.result(timeout=5)


def test_a_taken_port_is_an_error() -> None:
    with (
        serve_in_thread(PiggySandbox()) as served,
        pytest.raises(OSError, match="in use"),
        serve_in_thread(PiggySandbox(), port=served.port),
    ):
        pass
