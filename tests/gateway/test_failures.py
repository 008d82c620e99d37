"""One program fails, in every way there is: the other's data is complete in the same answer."""

from typing import Any, NamedTuple

import pytest

from adapters._sandbox.app import Sandbox
from adapters._sandbox.faults import Fault
from adapters._sandbox.people import person
from adapters._sandbox.serving import Served
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway

# Known in both programs, at Pixlpay in other letter case.
EMAIL = person(24).email

QUERY = """
query ($email: String!) {
  referrals(first: 40) {
    nodes { id status referrer { email } program { key } }
    pageInfo { hasNextPage }
    sources { ...Source }
  }
  tiers { nodes { id name program { key } } sources { ...Source } }
  people(email: $email) { nodes { id name program { key } } sources { ...Source } }
  programs {
    key
    settings { isEnabled referralLimitPerPerson completionRule { trigger } }
    tiers { nodes { id name } sources { ...Source } }
    statistics { totalReferrals successfulReferrals sources { ...Source } }
    referrals(first: 40) { nodes { id status referrer { email } } sources { ...Source } }
  }
}
fragment Source on SourceReport {
  program { key }
  status
  isComplete
  error { code isRetryable retryAfterSeconds providerCode }
}
"""


class Way(NamedTuple):
    """A way to fail and what is told of it; no fault at all means that nobody listens.

    `is_tried_again`: the gateway itself asks again at once, and soon holds calls back.
    """

    fault: Fault | None
    code: str
    upstream_status: int | None
    is_retryable: bool = False
    retry_after_seconds: int | None = None
    piggy_code: str | None = None
    is_tried_again: bool = False


WAYS = {
    "401": Way(Fault("status", status=401), "UNAUTHENTICATED", 401),
    "403": Way(Fault("status", status=403), "FORBIDDEN", 403, piggy_code="7011"),
    "429": Way(Fault("rate_limited", retry_after=90), "RATE_LIMITED", 429, True, 90),
    "500": Way(Fault("status", status=500), "UNAVAILABLE", 500, True, piggy_code="1000"),
    "503": Way(Fault("status", status=503, retry_after=30), "UNAVAILABLE", 503, True, 30),
    "drop": Way(Fault("drop"), "UNAVAILABLE", None, True, is_tried_again=True),
    "html": Way(Fault("html"), "UNAVAILABLE", 502, True, is_tried_again=True),
    "html with 200": Way(Fault("html", status=200), "MALFORMED_RESPONSE", 200, True),
    "truncated": Way(Fault("truncated_json"), "MALFORMED_RESPONSE", 200, True),
    "wrong shape": Way(Fault("wrong_shape"), "MALFORMED_RESPONSE", 200, True),
    "redirect": Way(Fault("redirect"), "MALFORMED_RESPONSE", 302, True),
    "stopped": Way(None, "UNAVAILABLE", None, True, is_tried_again=True),
}


@pytest.fixture(params=["coral-avenue", "block-haven"])
def failing(request: pytest.FixtureRequest) -> str:
    """The key of the program that fails."""
    return str(request.param)


@pytest.fixture
def sandbox(failing: str, piggy: PiggySandbox, pixlpay: PixlpaySandbox) -> Sandbox:
    return piggy if failing == "coral-avenue" else pixlpay


@pytest.fixture
def served(failing: str, served_piggy: Served, served_pixlpay: Served) -> Served:
    return served_piggy if failing == "coral-avenue" else served_pixlpay


def part_of(data: Any, key: str) -> Any:
    """What one program contributed to the answer."""
    lists = {name: data[name] for name in ("referrals", "tiers", "people")}
    return {
        "own": next(program for program in data["programs"] if program["key"] == key),
        "tiers": [node for node in data["tiers"]["nodes"] if node["program"]["key"] == key],
        "people": [node for node in data["people"]["nodes"] if node["program"]["key"] == key],
        "sources": {
            name: next(s for s in found["sources"] if s["program"]["key"] == key)
            for name, found in lists.items()
        },
    }


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_one_program_fails_alone(
    way: Way, failing: str, uncached: Gateway, sandbox: Sandbox, served: Served
) -> None:
    place = ["coral-avenue", "block-haven"].index(failing)
    other = ["block-haven", "coral-avenue"][place]
    well = uncached.data(QUERY, {"email": EMAIL})
    if way.fault is None:
        served.stop()
    else:
        sandbox.faults.add(way.fault)
    tells_why(way, uncached, failing, provider=["piggy", "pixlpay"][place])

    answer = uncached.ask(QUERY, {"email": EMAIL})
    assert answer.http.status_code == 200
    # The other program's part is what it was, and the merged page is filled up from it.
    assert part_of(answer.data, other) == part_of(well, other)
    nodes = answer.data["referrals"]["nodes"]
    assert [node | {"program": None} for node in nodes] == [
        node | {"program": None} for node in part_of(well, other)["own"]["referrals"]["nodes"]
    ]
    assert {node["program"]["key"] for node in nodes} == {other}
    assert answer.data["referrals"]["pageInfo"]["hasNextPage"]

    # Every list of the failing program says that it has nothing, and why.
    failed = part_of(answer.data, failing)
    own_lists = ("tiers", "statistics", "referrals")
    assert failed["tiers"] == failed["people"] == []
    assert failed["own"]["tiers"]["nodes"] == failed["own"]["referrals"]["nodes"] == []
    reports = failed["sources"] | {
        f"own {name}": failed["own"][name]["sources"][0] for name in own_lists
    }
    for name, report in reports.items():
        assert (report["status"], report["isComplete"]) == ("FAILED", False), name
        assert report["error"]["code"] == way.code, name
        assert report["error"]["isRetryable"] == way.is_retryable, name

    # A single object is null, with the reason in `errors`.
    assert failed["own"]["settings"] is None
    (error,) = answer.errors
    assert error["path"] == ["programs", place, "settings"]
    assert error["extensions"]["code"] == way.code


def tells_why(way: Way, gateway: Gateway, failing: str, *, provider: str) -> None:
    """Asserts everything that is told of a failure, while no call is held back yet."""
    answer = gateway.ask(
        """
        query ($key: String!, $both: Boolean!) {
          program(key: $key) {
            settings { isEnabled }
            tiers @include(if: $both) {
              sources { error { code isRetryable retryAfterSeconds providerCode } }
            }
          }
        }
        """,
        {"key": failing, "both": not way.is_tried_again},
    )
    told = {
        "code": way.code,
        "isRetryable": way.is_retryable,
        "retryAfterSeconds": way.retry_after_seconds,
        "providerCode": way.piggy_code if provider == "piggy" else None,
    }
    program = answer.data["program"]
    assert program.pop("settings") is None
    assert program in ({}, {"tiers": {"sources": [{"error": told}]}})
    (error,) = answer.errors
    assert error["path"] == ["program", "settings"]
    assert error["extensions"] == told | {
        "program": failing,
        "provider": provider,
        "upstreamStatus": way.upstream_status,
    }


def test_a_missing_scope_is_named(uncached: Gateway, pixlpay: PixlpaySandbox) -> None:
    pixlpay.tokens[pixlpay.token] = frozenset({"customers:read"})
    answer = uncached.ask(
        '{ program(key: "block-haven") { settings { isEnabled } } '
        " tiers { sources { error { message } } } }"
    )
    (error,) = answer.errors
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "It lacks the scope referrals:read." in error["message"]
    assert "referrals:read" in answer.data["tiers"]["sources"][1]["error"]["message"]


def test_one_person_fails_alone(uncached: Gateway, piggy: PiggySandbox) -> None:
    query = "{ referrals(first: 5) { nodes { referred { providerId email name } } } }"
    well = [node["referred"] for node in uncached.data(query)["referrals"]["nodes"]]
    unlucky = well[2]["providerId"]
    piggy.faults.add(Fault("status", status=500, path=f"/contacts/{unlucky}"))
    answer = uncached.ask(query)
    people = [node["referred"] for node in answer.data["referrals"]["nodes"]]
    assert people == [who | {"name": None} if n == 2 else who for n, who in enumerate(well)]
    (error,) = answer.errors
    assert error["path"] == ["referrals", "nodes", 2, "referred", "name"]
    assert error["extensions"]["code"] == "UNAVAILABLE"


def test_one_object_of_several_fails_alone(uncached: Gateway, pixlpay: PixlpaySandbox) -> None:
    known = uncached.data("{ programs { tiers { nodes { id } } } }")["programs"]
    status, reward = (program["tiers"]["nodes"][0]["id"] for program in known)
    pixlpay.faults.add(Fault("drop"))
    answer = uncached.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [status, reward, status]}
    )
    assert answer.data == {"nodes": [{"id": status}, None, {"id": status}]}
    (error,) = answer.errors
    assert error["path"] == ["nodes", 1]
    assert error["extensions"]["program"] == "block-haven"


def test_a_person_keeps_what_is_known_when_the_provider_fails_behind_it(
    uncached: Gateway, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("status", status=500, path="/customers"))
    answer = uncached.ask(
        """
        {
          leaderboard(programs: ["block-haven"], limit: 1) {
            entries {
              person {
                name email source { status error { code } }
                counterparts { nodes { id } sources { program { key } status } }
              }
            }
          }
        }
        """
    )
    who = answer.data["leaderboard"]["entries"][0]["person"]
    assert who["name"] == "TopReferrer"
    assert who["email"] is None
    assert who["source"] == {"status": "FAILED", "error": {"code": "UNAVAILABLE"}}
    assert who["counterparts"] == {
        "nodes": [],
        "sources": [{"program": {"key": "block-haven"}, "status": "FAILED"}],
    }


def test_a_page_that_fails_later_keeps_its_place(uncached: Gateway, piggy: PiggySandbox) -> None:
    query = """
    query ($after: String) {
      referrals(first: 100, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } sources { program { key } status }
      }
    }
    """
    seen, after, failures = [], None, 0
    # Of a kind that is not tried again at once.
    piggy.faults.add(Fault("status", status=500, path="/referrals", times=2))
    while True:
        page = uncached.data(query, {"after": after})["referrals"]
        seen += [node["id"] for node in page["nodes"]]
        failures += any(source["status"] == "FAILED" for source in page["sources"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert failures == 2
    assert len(seen) == len(set(seen)) == 240 + 180
