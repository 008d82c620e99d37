"""Compiled or executed by graphql-core: an operation has the same answer, for the same calls."""

import asyncio
import gc
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from adapters.model import Person
from gateway.caller import ANYBODY, Caller, Scope
from gateway.execution.engine import Engine
from gateway.schema import schema, schema_text
from tests.gateway.execution.operations import Operations
from tests.gateway.execution.shops import Shop, ask, engine

pytestmark = pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")


@pytest.fixture(scope="module", autouse=True)
def collected() -> Iterator[None]:
    """graphql-core, when an answer is cut short, leaves coroutines that it never began: they are
    collected at the end of all, where their warning is not heeded. It takes half a second."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


COMPILED = engine(compiled=True)
STOCK = engine(compiled=False)

BLIND = Caller("key:blind", frozenset({Scope.REFERRALS_READ}))
"""Who may not see people."""

EXAMPLES = 15
SHARES = 40 if "SOAK" in os.environ else 1
"""For each world, so many times that many: `make soak` runs thousands."""

World = Callable[[], list[Shop]]

WORLDS: dict[str, World] = {
    "well": lambda: [Shop("a"), Shop("b", told_people=True)],
    "slow": lambda: [Shop("a", ticks=7), Shop("b", ticks=2)],
    "failing": lambda: [
        Shop("a", failing=frozenset({"settings", "people", "tiers"}), ticks=1),
        Shop("b", failing=frozenset({"referrals", "statistics", "validate_code", "claims"})),
    ],
    "null": lambda: [
        Shop(
            "a",
            broken={
                "referral.provider_id": None,
                "person.name": None,
                "tier.name": None,
                "statistics.total": None,
            },
        ),
        Shop("b", broken={"referral.status": None, "tier.kind": None}, told_people=True),
    ],
    "broken": lambda: [
        Shop(
            "a",
            broken={
                "referral.status": "NEW",
                "person.loyalty_points": 2**40,
                "tier.reward": object(),
                "statistics.percent": float("nan"),
            },
        ),
        Shop(
            "b",
            told_people=True,
            broken={
                "person.name": 7,
                "referral.referrer": ValueError("no person"),
                "coupon.times_used": "2",
                "settings.incentive": Person(program_key="b", provider_id="1"),
                "statistics.total": True,
            },
        ),
    ],
}


@dataclass
class Outcome:
    """What came of an operation, and how often each read was made."""

    answer: dict[str, Any]
    calls: Counter[str]


def run(
    engine: Engine, world: World, query: str, variables: dict[str, Any], caller: Caller = ANYBODY
) -> Outcome:
    shops = world()
    told = asyncio.run(ask(engine, shops, query, variables, caller))
    calls = Counter({f"{s.config.key} {what}": n for s in shops for what, n in s.calls.items()})
    again = asyncio.run(ask(engine, shops, query, variables, caller))
    assert json.dumps(told.get("data")) == json.dumps(again.get("data"))
    return Outcome(told, calls)


@dataclass
class Errors:
    """The errors of an answer, in an order of their own: those of one instant have none.

    `cut` are the places that are null because something below them could not be: once that is
    known, whatever else goes wrong there need not be told, and nobody waits for it. `withheld` are
    the fields that the caller may not see.
    """

    told: list[str]
    cut: set[str]
    withheld: list[str]

    @classmethod
    def of(cls, answer: dict[str, Any]) -> "Errors":
        errors = cls([], set(), [])
        for error in answer.get("errors", []):
            if "reference" in error.get("extensions", {}):
                reference = error["extensions"].pop("reference")
                error["message"] = error["message"].replace(reference, "")
            if "path" in error and "data" in answer:
                null = null_above(answer["data"], error["path"])
                if null != error["path"]:
                    errors.cut.add(json.dumps(null))
                    continue
            if "fields" in error.get("extensions", {}):
                errors.withheld = error["extensions"]["fields"]
            else:
                errors.told.append(json.dumps(error, sort_keys=True))
        if errors.cut:  # what was asked for before, as it happens
            errors.withheld = []
        errors.told.sort()
        return errors


def null_above(data: Any, path: list[str | int]) -> list[str | int]:
    """The first null on a path."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        data = data[key]
    return path


def compare(world: World, query: str, variables: dict[str, Any], caller: Caller) -> None:
    ours, theirs = (run(engine, world, query, variables, caller) for engine in (COMPILED, STOCK))
    # As text: keys in the same order, and 1 is not 1.0.
    assert json.dumps(ours.answer.get("data")) == json.dumps(theirs.answer.get("data"))
    errors = Errors.of(ours.answer)
    assert errors == Errors.of(theirs.answer)
    # What is cut short may have begun or not, as it happens.
    assert errors.cut or ours.calls <= theirs.calls


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("world", WORLDS)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    # An example is a number; the smaller one is no simpler.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    seed=st.integers(0, 2**32),
    depth=st.integers(1, 3),
    no=st.booleans(),
    caller=st.sampled_from([ANYBODY, BLIND]),
)
def test_operations_made_by_chance(
    world: str, share: int, seed: int, depth: int, no: bool, caller: Caller
) -> None:
    query = Operations(schema._schema, Random(seed * SHARES + share)).query(depth)
    assume(not validate(schema._schema, parse(query)))
    compare(WORLDS[world], query, {"no": no}, caller)


SCALARS = {
    "Date": st.just(nodes.String("2025-01-20")),
    "DateTime": st.just(nodes.String("2025-01-20T12:00:00Z")),
    "Decimal": st.just(nodes.String("1.5")),
    "JSON": st.just(nodes.Null),
    "CurrencyCode": st.just(nodes.String("EUR")),
}
# Not made before it is drawn from: every process that runs tests imports this file.
QUERIES = st.deferred(lambda: queries(schema_text(), custom_scalars=SCALARS))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    query=QUERIES,
    world=st.sampled_from(list(WORLDS)),
    caller=st.sampled_from([ANYBODY, BLIND]),
)
def test_operations_with_arguments_of_any_kind(query: str, world: str, caller: Caller) -> None:
    compare(WORLDS[world], query, {}, caller)


SLOW_WORLDS: dict[str, World] = {
    "slow and null": lambda: [
        Shop("a", broken={"person.name": None}, ticks=3),
        Shop("b", size=9, ticks=1),
    ],
    "slow and failing in part": lambda: [
        Shop("a", failing=frozenset({"people"}), ticks=5),
        Shop("b", size=20, people=6, ticks=1),
    ],
}

PEOPLE = "id name email referralCode loyaltyPoints"


@pytest.mark.parametrize("caller", [ANYBODY, BLIND], ids=["anybody", "who sees no people"])
@pytest.mark.parametrize("world", [*WORLDS, *SLOW_WORLDS])
@pytest.mark.parametrize(
    "query",
    [
        f"{{ referrals {{ nodes {{ providerId referrer {{ {PEOPLE} }} }} }} }}",
        # The same people in several lists: selected alike, and not.
        f"""{{
          one: referrals {{ nodes {{ referrer {{ {PEOPLE} }} referred {{ name }} }} }}
          two: referrals {{ nodes {{ status referrer {{ {PEOPLE} }} }} }}
          three: referrals {{ nodes {{ referrer {{ name }} }} }}
        }}""",
        # A list that is no part of the answer when its people come.
        f"""{{
          programs {{
            referrals {{ nodes {{ referrer {{ {PEOPLE} }} }} }}
            none: referrals(first: 0) {{ totalCount }}
          }}
          referrals {{ nodes {{ referrer {{ {PEOPLE} }} }} }}
        }}""",
        f"{{ claims {{ nodes {{ claimant {{ {PEOPLE} }} }} }} }}",
    ],
    ids=["a list", "several lists", "a list that is dropped", "claims"],
)
def test_people_who_are_yet_to_come(query: str, world: str, caller: Caller) -> None:
    compare((WORLDS | SLOW_WORLDS)[world], query, {}, caller)


def test_one_that_fails_takes_no_read_from_others() -> None:
    query = """{
      program(key: "a") { leaderboard { entries { rank } } referrals(first: 0) { totalCount } }
      leaderboard(programs: ["a"]) { entries { rank } }
    }"""
    for engine_ in (COMPILED, STOCK):
        answer = run(engine_, WORLDS["slow"], query, {}).answer
        assert answer["data"]["program"] is None
        assert len(answer["data"]["leaderboard"]["entries"]) == 4
        assert [error["path"] for error in answer["errors"]] == [["program", "referrals"]]
