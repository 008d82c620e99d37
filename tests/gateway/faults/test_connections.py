"""A connection that was good before: nothing is sent twice over it, and nothing left in it."""

from typing import Any

import pytest

from tests.gateway.faults.kinds import Kind
from tests.gateway.faults.rawserver import Connection, Script
from tests.gateway.faults.rig import Rig
from tests.gateway.faults.scripts import answer

KEY = "block-haven"
ERRORS = "errors { __typename ... on ProviderFailureError { mayHaveTakenEffect error { code } } }"
WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "POST": (f"mutation ($id: ID!) {{ write: tierToggle(id: $id) {{ {ERRORS} }} }}", {}),
    "PUT": (
        "mutation ($id: ID!, $input: TierUpdateInput!) {"
        f" write: tierUpdate(id: $id, input: $input) {{ {ERRORS} }} }}",
        {"input": {"name": "Gold"}},
    ),
    "DELETE": (f"mutation ($id: ID!) {{ write: tierDelete(id: $id) {{ {ERRORS} }} }}", {}),
}
READ = f'{{ program(key: "{KEY}") {{ tiers {{ nodes {{ name }} sources {{ status }} }} }} }}'


def tiers_named(name: str) -> bytes:
    return answer(
        b'{"success":true,"data":[{"id":1,"name":"%s","referrals_required":1,'
        b'"reward_type":"percentage_discount","reward_value":"5.00","is_active":true}]}'
        % name.encode()
    )


class Counted:
    """A script that counts the requests on its connections, which it keeps open after the first
    answer; `then` is done to the second request."""

    def __init__(self, first: bytes, then: Script) -> None:
        self.requests: list[bytes] = []
        self._first = first
        self._then = then

    def __call__(self, connection: Connection) -> None:
        while request := connection.read_request():
            self.requests.append(request.split(b" ")[0])
            if len(self.requests) > 1:
                self._then(connection)
                return
            connection.send(self._first)


def closes(_: Connection) -> None:
    """Ends the connection once the second request is there."""


def ask(rig: Rig, script: Script, query: str, variables: dict[str, Any] | None = None) -> Any:
    kind = Kind(script=script, code="", unclear=False)
    return rig.ask(kind, "pixlpay", query, variables or {}, "").answer.data


@pytest.fixture(params=["lean", "httpx"])
def either(request: pytest.FixtureRequest, rig: Rig, rig_over_httpx: Rig) -> Rig:
    """A rig over each wire."""
    return rig if request.param == "lean" else rig_over_httpx


@pytest.mark.parametrize("end", [closes, Connection.reset], ids=["closed", "reset"])
@pytest.mark.parametrize("method", WRITES)
def test_a_write_on_a_used_connection_that_is_closed_on_it_is_not_sent_again(
    method: str, end: Script, either: Rig
) -> None:
    tier_id = either.calm().data(f'{{ program(key: "{KEY}") {{ tiers {{ nodes {{ id }} }} }} }}')
    variables = {"id": tier_id["program"]["tiers"]["nodes"][0]["id"]}
    script = Counted(tiers_named("Bronze"), end)
    accepted = either.raw.accepted
    assert ask(either, script, READ)["program"]["tiers"]["nodes"] == [{"name": "Bronze"}]
    query, rest = WRITES[method]
    (error,) = ask(either, script, query, variables | rest)["write"]["errors"]
    assert script.requests == [b"GET", method.encode()]
    assert either.raw.accepted == accepted + 1, "the write went over the connection of the read"
    assert error["mayHaveTakenEffect"] is True
    assert error["error"] == {"code": "UNAVAILABLE"}


def names_after_two_answers_to_one_request(rig: Rig) -> list[str]:
    script = Counted(tiers_named("Bronze") + tiers_named("Smuggled"), closes)
    names: list[str] = []
    for _ in range(2):
        tiers = ask(rig, script, READ)["program"]["tiers"]
        names += [tier["name"] for tier in tiers["nodes"]]
    return names


def test_what_follows_an_answer_is_nobody_elses_answer(rig: Rig) -> None:
    assert names_after_two_answers_to_one_request(rig) == ["Bronze"]


@pytest.mark.xfail(strict=True, reason="httpx keeps what follows an answer for the next request")
def test_what_follows_an_answer_is_nobody_elses_answer_over_httpx(rig_over_httpx: Rig) -> None:
    assert names_after_two_answers_to_one_request(rig_over_httpx) == ["Bronze"]
