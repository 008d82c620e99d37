"""Answers as large as may be: somebody else is not kept waiting while one is made, and larger ones
are refused."""

from collections.abc import Iterator

import pytest

from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.config import GraphQLConfig
from tests.gateway.attacks.attacked import Attacked, limit_of
from tests.running import program, running_gateway

FIELDS = "id providerId status providerStatus referredAt firstOrderAt"


def aliased(field: str, number: int) -> str:
    return " ".join(f"a{n}: {field}" for n in range(number))


def nested(outer: int, inner: int, selection: str) -> str:
    """Each referral of a page with a page of referrals: two calls to providers."""
    below = f"referrals(first: {inner}) {{ nodes {{ {selection} }} }}"
    return f"{{ referrals(first: {outer}) {{ nodes {{ program {{ {below} }} }} }} }}"


LARGEST = {
    "values": nested(90, 90, f"{FIELDS} {aliased('id', 6)}"),
    "objects": nested(100, 100, "id program { id provider { key } health { status } }"),
    "lists": nested(28, 100, "program { capabilities computedCapabilities key name id }"),
    "pages": f"{{ {aliased('referrals(first: 100) { ...F }', 20)} }} fragment F on"
    f" ReferralConnection {{ nodes {{ {FIELDS} program {{ id key provider {{ key name }}"
    f" health {{ status }} }} }} edges {{ cursor node {{ {FIELDS} }} }} }}",
}


LISTS = "capabilities computedCapabilities"
TOO_LARGE = {
    "aliases": nested(100, 100, f"{FIELDS} {aliased('id', 29)}"),
    "lists": nested(100, 100, f"program {{ {LISTS} }}"),
    "aliased lists": f"{{ programs {{ {LISTS} }} {nested(50, 50, 'program { ...F }')[1:-1]} }}"
    f" fragment F on Program {{ {aliased('capabilities', 29)} }}",
    "type names": nested(100, 100, f"__typename {aliased('__typename', 29)}"),
}


@pytest.fixture(scope="module", params=[True, False], ids=["compiled", "graphql-core"])
def attacked(request: pytest.FixtureRequest) -> Iterator[Attacked]:
    """A gateway that runs queries as functions, or leaves them to graphql-core."""
    piggy, pixlpay = PiggySandbox(calls_per_minute=None), PixlpaySandbox(calls_per_minute=None)
    with serve_in_thread(piggy) as at_piggy, serve_in_thread(pixlpay) as at_pixlpay:
        programs = (
            program("coral-avenue", "piggy", at_piggy.origin, piggy.token),
            program("block-haven", "pixlpay", at_pixlpay.origin, pixlpay.token),
        )
        with running_gateway(*programs, graphql=GraphQLConfig(compiled=request.param)) as gateway:
            yield Attacked(gateway, piggy, pixlpay)


@pytest.mark.parametrize(
    ("what", "packed"), [*((what, "identity") for what in LARGEST), ("values", "gzip")]
)
def test_nobody_waits_for_the_largest_answer(attacked: Attacked, what: str, packed: str) -> None:
    answer = attacked.gateway.ask(LARGEST[what], headers={"accept-encoding": packed})
    assert not answer.errors
    assert len(answer.http.content) > 700_000


@pytest.mark.parametrize("what", TOO_LARGE)
def test_a_larger_answer_is_refused(attacked: Attacked, what: str) -> None:
    calls = attacked.calls
    name, maximum, _ = limit_of(attacked.ask(TOO_LARGE[what]))
    assert (name, maximum) == ("values", 100_000)
    assert attacked.calls == calls
