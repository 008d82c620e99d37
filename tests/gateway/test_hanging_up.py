"""A client that hangs up takes its work upstream with it, unless others wait for the same."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import orjson

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig
from tests.gateway.http.connections import connected, posted
from tests.gateway.telemetry.logging_to import Logs
from tests.running import Gateway, running_gateway
from tests.waiting import until

# The second call of this program is made only once the first is answered.
TWO_CALLS = (
    '{ program(key: "coral-avenue") { referrals(first: 1) { nodes { referrer { name } } } } }'
)
READ = '{ program(key: "coral-avenue") { referrals(first: 1) { nodes { id } } } }'


def ask_and_hang_up(gateway: Gateway, query: str, *, after: Callable[[], bool]) -> None:
    """Post an operation and close the connection as soon as that holds."""
    body = orjson.dumps({"query": query})
    head = f"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n"
    host, _, port = gateway.origin.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + b"content-type: application/json\r\n\r\n" + body)
        until(after)


def test_what_nobody_waits_for_is_not_asked(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, logs: Logs
) -> None:
    with running_gateway(*programs, log=logs.written.log) as gateway:
        gateway.data(TWO_CALLS)
        assert piggy.count() == 2
        piggy.forget_calls()
        piggy.faults.add(Fault(kind="hang"))
        ask_and_hang_up(gateway, TWO_CALLS, after=lambda: piggy.count() == 1)
        *_, line = logs.written.lines(2)
        assert line["outcome"] == "hung_up"
        piggy.faults.clear()
        # While this waits, the second call is made, had anybody waited for the first.
        piggy.faults.add(Fault(kind="slow", seconds=0.5, path="/settings"))
        gateway.data('{ program(key: "coral-avenue") { settings { completionRule { trigger } } } }')
        assert piggy.count() - piggy.count("/settings") == 1


def test_neither_is_what_others_stand_in_line_behind(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, logs: Logs
) -> None:
    with running_gateway(*programs, log=logs.written.log) as gateway:
        piggy.faults.add(Fault(kind="hang"))
        with connected(gateway) as connection:
            connection.sendall(posted(READ) + posted("{ __typename }"))
            until(lambda: piggy.count() == 1)
        (line,) = logs.written.lines(1)
    assert line["outcome"] == "hung_up"
    assert "Exception" not in logs.text()


def test_others_still_get_what_they_wait_for(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, logs: Logs
) -> None:
    piggy.faults.add(Fault(kind="hang"))
    cache = CacheConfig(response_seconds=0)
    with (
        running_gateway(*programs, cache=cache, log=logs.written.log) as gateway,
        ThreadPoolExecutor() as pool,
    ):
        waiting = pool.submit(gateway.data, READ)
        until(lambda: piggy.count() == 1)
        ask_and_hang_up(gateway, READ, after=lambda: not waiting.done())
        (line,) = logs.written.lines(1)
        assert line["outcome"] == "hung_up"
        piggy.faults.clear()
        assert waiting.result()["program"]["referrals"]["nodes"]
    assert piggy.count() == 1


def test_a_change_is_not_broken_off(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    program = gateway.data('{ program(key: "block-haven") { id } }')["program"]["id"]
    change = (
        f'mutation {{ tierCreate(programId: "{program}", input: {{name: "Gold", '
        'referralsRequired: 9, reward: {percent: "5"}}) { tier { name } } }'
    )
    before = pixlpay.count("/tiers")
    pixlpay.faults.add(Fault(kind="slow", seconds=0.5, method="POST", times=1))
    ask_and_hang_up(gateway, change, after=lambda: pixlpay.count("/tiers", "POST") == 1)
    # It is read back as if somebody waited.
    until(lambda: pixlpay.count("/tiers") == before + 2)
