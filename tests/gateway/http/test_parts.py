"""`@defer` and `@stream`: in parts to whoever can read them, whole to everybody else."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson
import pytest
from starlette.types import Message, Scope

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, Config, LimitsConfig, UpstreamConfig
from gateway.http.media_types import negotiated
from gateway.services import Services
from tests.gateway.http.parts import merged, parts_of
from tests.gateway.telemetry.logging_to import Logs
from tests.running import Gateway, running_gateway
from tests.waiting import until

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
PARTS = "multipart/mixed"

FAST = 'fast: program(key: "coral-avenue") { tiers { nodes { name } } }'
SLOW = 'slow: program(key: "block-haven") { statistics { totalReferrals } settings { isEnabled } }'
STREAMED = "referrals(first: 3) { nodes STREAM { id referrer { name } } }"
WHOLE = f"{{ {FAST} {SLOW} {STREAMED.replace('STREAM', '')} }}"
INCREMENTAL = (
    f'{{ {FAST} ... @defer(label: "slow") {{ {SLOW} }}'
    f" {STREAMED.replace('STREAM', '@stream(initialCount: 1)')} }}"
)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_parts_come_to_the_same_answer(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox, method: str
) -> None:
    whole = gateway.data(WHOLE)
    calls = piggy.count(), pixlpay.count()
    piggy.forget_calls()
    pixlpay.forget_calls()
    parts = parts_of(gateway, INCREMENTAL, method=method)
    assert merged(parts) == {"data": whole}
    assert (piggy.count(), pixlpay.count()) == calls
    assert [one.get("label") for one in parts[0]["pending"]] == ["slow", None]
    assert "slow" not in parts[0]["data"]


def test_the_fast_provider_is_there_while_the_slow_one_is_waited_for(
    gateway: Gateway, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("hang"))
    query = f"{{ {FAST} ... @defer {{ {SLOW} }} }}"
    first, *_ = parts = parts_of(gateway, query, at_first=pixlpay.faults.clear)
    assert first["data"]["fast"]["tiers"]["nodes"]
    assert merged(parts)["data"]["slow"]["settings"]


def test_what_is_deferred_begins_with_the_rest(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    piggy.faults.add(Fault("hang"))
    with ThreadPoolExecutor() as pool:
        parts = pool.submit(parts_of, gateway, f"{{ {FAST} ... @defer {{ {SLOW} }} }}")
        until(lambda: (piggy.count(), pixlpay.count()) == (1, 2))
        piggy.faults.clear()
        assert merged(parts.result())["data"]["slow"]["settings"]


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, "*/*", f"{PARTS};q=0", "text/html"])
def test_others_get_one_whole_answer(gateway: Gateway, accept: str) -> None:
    answer = gateway.ask(INCREMENTAL, headers={"accept": accept})
    assert answer.http.headers["content-type"].startswith((JSON, GRAPHQL))
    assert answer.http.json() == {"data": gateway.data(WHOLE)}


@pytest.mark.parametrize("accept", [PARTS, f"{PARTS}, {JSON}", f"{JSON}, {PARTS}"])
@pytest.mark.parametrize(
    "query",
    [
        "{ __typename }",
        "{ ... @defer(if: false) { __typename } }",
        '{ programs { key } } # "@defer"',
    ],
)
def test_what_nobody_deferred_is_whole_whatever_the_client_takes(
    gateway: Gateway, query: str, accept: str
) -> None:
    answer = gateway.ask(query, headers={"accept": accept})
    assert answer.http.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert answer.data
    assert not answer.errors


# urql sends it with everything, Apollo Client with what has one of the directives.
URQL = f"{GRAPHQL}, application/graphql+json, {JSON}, text/event-stream, {PARTS}"
APOLLO_4 = f"{PARTS};incrementalSpec=v0.2,{GRAPHQL},{JSON};q=0.9"
APOLLO_3 = f"{PARTS};deferSpec=20220824,{GRAPHQL},{JSON};q=0.9"


@pytest.mark.parametrize(
    ("accept", "media_type", "takes_parts"),
    [
        (None, JSON, False),
        ("*/*", JSON, False),
        (JSON, JSON, False),
        (PARTS, JSON, True),
        (URQL, GRAPHQL, True),
        (f"{JSON}, {PARTS}", JSON, True),
        (APOLLO_4, GRAPHQL, True),
        (APOLLO_3, GRAPHQL, False),
        (f"{JSON}, {PARTS};q=0.9", JSON, False),
        (f"{JSON};q=0.5, {PARTS};q=0.9", JSON, True),
        (f"{PARTS};q=0", JSON, False),
        (f'{PARTS}; IncrementalSpec="v0.2"', JSON, True),
        (f"{PARTS};incrementalSpec=v0.3", JSON, False),
        ("multipart/*", JSON, False),
        ("multipart/form-data", JSON, False),
    ],
)
def test_parts_are_for_whoever_asks_for_them(
    accept: str | None, media_type: str, takes_parts: bool
) -> None:
    assert negotiated(accept) == (media_type, takes_parts)


def test_a_request_that_fails_is_no_parts(gateway: Gateway) -> None:
    for query in ("{ ... @defer { nothing } }", "query ($x: Int!) { ... @defer { __typename } }"):
        answer = gateway.ask(query, headers={"accept": PARTS})
        assert answer.http.headers["content-type"] == f"{JSON}; charset=utf-8"
        assert answer.errors
        assert answer.data is None


def test_errors_are_told_as_in_a_whole_answer(gateway: Gateway, pixlpay: PixlpaySandbox) -> None:
    pixlpay.faults.add(Fault("status", path="/settings", status=503))
    fields = 'program(key: "block-haven") { name settings { isEnabled } }'
    whole = gateway.ask(f"{{ {fields} }}")
    told = merged(parts_of(gateway, f"{{ ... @defer {{ {fields} }} }}"))
    assert told["data"] == whole.data
    (error,), (expected,) = told["errors"], whole.errors
    assert error["extensions"] == expected["extensions"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["path"] == expected["path"]
    assert error["message"] == expected["message"]


@pytest.mark.parametrize("accept", [JSON, f"{JSON}, {PARTS}"])
@pytest.mark.parametrize("count", [-1, None])
def test_a_count_that_is_none_is_the_callers_mistake(
    gateway: Gateway, accept: str, count: int | None
) -> None:
    query = "query ($n: Int) { programs { capabilities @stream(initialCount: $n) } }"
    answer = gateway.ask(query, {"n": count}, {"accept": accept})
    (error,) = answer.errors
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["path"] == ["programs", 0, "capabilities"]


def test_a_mutation_is_whole(gateway: Gateway) -> None:
    mutation = 'mutation { tierToggle(id: "x") { ... @defer { errors { message } } } }'
    answer = gateway.ask(mutation, headers={"accept": PARTS})
    assert answer.http.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert answer.http.status_code == 200


def test_a_head_request_is_whole(gateway: Gateway) -> None:
    params = {"query": f"{{ ... @defer {{ {FAST} }} }}"}
    answer = gateway.http.head("/graphql", params=params, headers={"accept": PARTS})
    assert answer.headers["content-type"] == f"{JSON}; charset=utf-8"


@pytest.fixture
def keeping(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    """One that keeps whole answers for longer than a test takes."""
    with running_gateway(*programs, cache=CacheConfig(response_seconds=600)) as running:
        yield running


def test_a_whole_answer_at_hand_is_given_at_once_and_parts_are_not_kept(
    keeping: Gateway, pixlpay: PixlpaySandbox
) -> None:
    parts_of(keeping, INCREMENTAL)
    parts_of(keeping, INCREMENTAL)
    whole = keeping.ask(INCREMENTAL, headers={"accept": JSON})
    pixlpay.forget_calls()
    again = keeping.ask(INCREMENTAL, headers={"accept": PARTS})
    assert again.http.content == whole.http.content
    assert pixlpay.count() == 0


def hang_up_after(
    gateway: Gateway, query: str, holds: Callable[[bytes], bool], accept: str = PARTS
) -> None:
    """Post a query, and close the connection once that holds of what has come."""
    url = httpx.URL(gateway.origin)
    assert url.port is not None
    body = orjson.dumps({"query": query})
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: {url.host}:{url.port}\r\naccept: {accept}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        connection.settimeout(0.05)
        received = b""
        end = time.monotonic() + 30
        while not holds(received):
            assert time.monotonic() < end
            try:
                received += connection.recv(65536)
            except TimeoutError:
                continue


def test_hanging_up_ends_what_has_not_come(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, logs: Logs
) -> None:
    # The second call of what is deferred is made only once the first is answered.
    deferred = (
        'program(key: "coral-avenue") { referrals(first: 1) { nodes { referrer { name } } } }'
    )
    query = f"{{ __typename ... @defer {{ {deferred} }} }}"
    with running_gateway(*programs, log=logs.written.log) as gateway:
        parts_of(gateway, query)
        assert piggy.count() == 2
        piggy.forget_calls()
        piggy.faults.add(Fault("hang"))
        hang_up_after(gateway, query, lambda got: b"hasNext" in got and piggy.count() == 1)
        whole, broken_off = logs.written.lines(2)
        assert (whole["outcome"], broken_off["outcome"]) == ("ok", "hung_up")
        piggy.faults.clear()
        # While this waits, the second call is made, had anybody waited for the first.
        piggy.faults.add(Fault("slow", seconds=0.5, path="/settings"))
        gateway.data('{ program(key: "coral-avenue") { settings { isEnabled } } }')
        assert piggy.count() - piggy.count("/settings") == 1


def test_what_fails_in_a_part_is_told_of(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, logs: Logs
) -> None:
    piggy.faults.add(Fault("status", status=403))
    deferred = 'program(key: "coral-avenue") { settings { isEnabled } }'
    with running_gateway(*programs, log=logs.written.log) as gateway:
        parts_of(gateway, f"{{ __typename ... @defer {{ {deferred} }} }}")
        (line,) = logs.written.lines(1)
    assert (line["outcome"], line["errors"]) == ("partial", {"FORBIDDEN": 1})


@pytest.mark.anyio
async def test_who_does_not_take_the_parts_keeps_nobody_waiting(
    idle_program: ProgramConfig,
) -> None:
    services = Services(
        Config(
            (idle_program,),
            upstream=UpstreamConfig(operation_seconds=0.2),
            demand=LimitsConfig(concurrency=1, queue=0),
        ),
        None,
    )
    sent: list[Message] = []

    async def ask(query: str, *, takes: bool) -> None:
        body = orjson.dumps({"query": query})
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if not messages:
                await asyncio.Event().wait()
            return messages.pop()

        async def send(message: Message) -> None:
            sent.append(message)
            if not takes:
                await asyncio.Event().wait()

        headers = [
            (b"host", b"localhost"),
            (b"content-type", JSON.encode()),
            (b"accept", PARTS.encode()),
        ]
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 4711),
        }
        await services.current(scope, receive, send)

    async with asyncio.timeout(10):
        await ask("{ ... @defer { __typename } }", takes=False)
    assert [message["type"] for message in sent] == ["http.response.start"]
    await ask("{ __typename }", takes=True)
    assert sent[-1]["body"] == b'{"data":{"__typename":"Query"}}'
    await services.aclose()
