"""What operations may cost: known beforehand, never less than they do cost, and limited."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
import strawberry
from graphql import OperationDefinitionNode, get_variable_values, parse, validate
from graphql.execution.values import VariableValues

from adapters import providers
from adapters._sandbox.serving import serve_in_thread
from adapters.capability import Capability
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.config import LimitsConfig, ReportsConfig
from gateway.execution.cost import Cost, PricedOperation, Prices
from gateway.execution.fragments import users_first
from gateway.programs import Program, Programs
from gateway.schema import schema
from gateway.schema.costs import Scope
from gateway.schema.describing import field
from tests.gateway.generated import Generator, Known
from tests.running import Answer, Gateway, program, running_gateway

ROOT = Path(__file__).parents[2]
TELLS = {"graphql-cost": "1"}
REFERRALS = 150
# Fewer than the list has, so that walks cost all that they may.
WALK_PAGES = 1

OPERATIONS = 1000
SHARES = 20

# Enough for most of what is made up, and little enough for a test.
LIMITS = LimitsConfig(calls=60, aliases=0, depth=0, root_fields=0, field_pairs=0)


class Priced:
    """A gateway that tells what operations cost, over providers that count."""

    def __init__(self, gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox) -> None:
        self.gateway = gateway
        self._sandboxes = (piggy, pixlpay)

    def forget_calls(self) -> None:
        for sandbox in self._sandboxes:
            sandbox.forget_calls()

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> Answer:
        self.forget_calls()
        return self.gateway.ask(query, variables, TELLS)

    def cost(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """`extensions.cost`."""
        cost = self.ask(query, variables).http.json()["extensions"]["cost"]
        assert isinstance(cost, dict)
        return cost

    @property
    def calls(self) -> int:
        return sum(sandbox.count() for sandbox in self._sandboxes)

    def known(self) -> Known:
        data = self.gateway.data(
            """
            {
              programs { id key tiers { nodes { id } } }
              referrals(first: 5) { nodes { referrer { id email } referred { id email } } }
              topReferrers(programs: ["block-haven"]) { entries { people { referralCode } } }
            }
            """
        )
        nodes = data["referrals"]["nodes"]
        people = [p for n in nodes for p in (n["referrer"], n["referred"]) if p]
        tiers = [tier["id"] for p in data["programs"] for tier in p["tiers"]["nodes"]]
        programs = [p["id"] for p in data["programs"]]
        entries = data["topReferrers"]["entries"]
        return Known(
            programs=[p["key"] for p in data["programs"]],
            program_ids=programs,
            tiers=tiers,
            ids=[*programs, *tiers, *(p["id"] for p in people)],
            emails=[*(p["email"] for p in people if p["email"]), "nobody@example.com"],
            codes=[*(e["people"][0]["referralCode"] for e in entries), "NONE"],
        )


@contextmanager
def pricing(*, referrals: int, walk_pages: int, demand: LimitsConfig) -> Iterator[Priced]:
    """A gateway over both sandboxes, neither of which has an allowance."""
    piggy = PiggySandbox(calls_per_minute=None, referrals=referrals)
    pixlpay = PixlpaySandbox(calls_per_minute=None, referrals=referrals)
    with serve_in_thread(piggy) as at_piggy, serve_in_thread(pixlpay) as at_pixlpay:
        programs = (
            program("coral-avenue", "piggy", at_piggy.origin, piggy.token),
            program("block-haven", "pixlpay", at_pixlpay.origin, pixlpay.token),
        )
        reports = ReportsConfig(walk_pages=walk_pages)
        with running_gateway(*programs, reports=reports, demand=demand) as gateway:
            yield Priced(gateway, piggy, pixlpay)


@pytest.fixture(scope="module")
def priced() -> Iterator[Priced]:
    with pricing(referrals=REFERRALS, walk_pages=WALK_PAGES, demand=LIMITS) as running:
        yield running


@pytest.mark.parametrize("share", range(SHARES))
def test_no_generated_operation_costs_more_than_was_reckoned(priced: Priced, share: int) -> None:
    generator = Generator(schema._schema, priced.known(), Random(share))
    priced.forget_calls()
    estimated = ran = 0
    while ran < OPERATIONS // SHARES:
        query = generator.query()
        content = priced.gateway.ask(query, headers=TELLS).http.json()
        if "data" not in content:
            (error,) = content["errors"]
            assert error["extensions"]["code"] == "LIMIT_EXCEEDED", query
            continue
        ran += 1
        cost = content["extensions"]["cost"]
        for what in ("calls", "objects"):
            assert cost[what]["actual"] <= cost[what]["estimated"], (what, query)
        estimated += cost["calls"]["estimated"]
    # What the providers themselves have counted, also behind answers that an error cut short.
    assert 0 < priced.calls <= estimated


@pytest.mark.parametrize(
    ("query", "calls", "objects"),
    [
        ("{ __typename }", 0, 0),
        ("{ __schema { types { name } } }", 0, 0),
        ("{ programs { key health { status } } }", 0, 4),
        ("{ programs { settings { isEnabled } tiers { nodes { id } } } }", 4, 106),
        ("{ a: programs { ...S } b: programs { ...S } } fragment S on Program"
         " { settings { isEnabled } }", 2, 8),
        ('{ program(key: "block-haven") { settings { isEnabled } } }', 1, 2),
        ('{ programs { key } statistics(programs: ["block-haven"]) { totalReferrals } }', 1, 3),
        ("{ statistics { totalReferrals } leaderboard { entries { rank } } }", 1 + 1 + 1, 12),
        ("{ timeline { points { date } } }", WALK_PAGES, 32),
        ("{ referrals(first: 5) { nodes { id } pageInfo { endCursor } sources { status } } }",
         2, 1 + 5 + 1 + 2),
        ("{ referrals(first: 5) { nodes { referrer { id } } } }", 2, 11),
        ("{ referrals(first: 5) { nodes { referrer { name } } } }", 2 + 5 * 2 + 1, 11),
        ("{ referrals(first: 5) { nodes { referrer { name @include(if: false) } } } }", 2, 11),
        ('{ node(id: "x") { id } }', 1 + 2 + 1, 1),
        ("{ referrals(first: 1) { nodes { referred { referredBy { id } } } } }",
         2 + 1 + WALK_PAGES, 4),
        ('{ people(email: "x@example.com") { nodes { id } } }', 4, 3),
        ('{ referrals(filter: { search: "a" }) { totalCount } }', 1 + WALK_PAGES, 1),
    ],
)  # fmt: skip
def test_the_estimate_is_known(priced: Priced, query: str, calls: int, objects: int) -> None:
    cost = priced.cost(query)
    assert (cost["calls"]["estimated"], cost["objects"]["estimated"]) == (calls, objects)
    assert cost["calls"]["actual"] == priced.calls


def test_the_estimate_follows_the_variables(priced: Priced) -> None:
    query = """
        query ($first: Int, $after: String, $deep: Boolean = false, $keys: [String!]) {
          referrals(first: $first, after: $after, programs: $keys) {
            nodes { referrer { name @include(if: $deep) } }
          }
        }
    """

    def estimated(**variables: Any) -> int:
        calls = priced.cost(query, variables)["calls"]["estimated"]
        assert isinstance(calls, int)
        return calls

    assert estimated(first=5) == estimated(first=50) == 2
    assert estimated(first=5, deep=True) == 13
    assert estimated(first=10, deep=True) == 23
    assert estimated(first=5, keys=["block-haven"]) == 1
    assert estimated(first=5, deep=True) == 13


SEVERAL = """
query Keys { programs { key ...Named } }
query Page($first: Int, $deep: Boolean!) { ...Page ...Tiers @include(if: $deep) }
fragment Named on Program { name }
fragment Page on Query { referrals(first: $first) { nodes { referrer { ...Who } } } }
fragment Who on Person { name @include(if: $deep) }
fragment Tiers on Query { tiers { nodes { id @skip(if: $deep) name } } }
"""


@pytest.mark.parametrize(
    ("name", "variables", "calls"),
    [
        ("Keys", {}, 0),
        ("Page", {"first": 5, "deep": False}, 2),
        ("Page", {"first": 5, "deep": True}, 13 + 2),
    ],
)
def test_of_several_operations_each_costs_what_it_asks_with_its_own_variables(
    priced: Priced, name: str, variables: dict[str, Any], calls: int
) -> None:
    body = {"query": SEVERAL, "operationName": name, "variables": variables}
    response = priced.gateway.http.post("/graphql", json=body, headers=TELLS)
    content = response.json()
    assert (response.status_code, "errors" in content) == (200, False), content
    assert content["extensions"]["cost"]["calls"]["estimated"] == calls


@pytest.mark.parametrize("query", [
    "mutation { tierToggle(id: %s) { tier { name program { tiers { nodes { name } } } } } }",
    "mutation { a: tierToggle(id: %s) { tier { ...T } } b: tierToggle(id: %s) { tier { ...T } } }"
    " fragment T on Tier { program { statistics { totalReferrals } settings { isEnabled } } }",
    "mutation { tierUpdate(id: %s, input: { name: \"\" }) { errors { message } } }",
])  # fmt: skip
def test_changes_have_a_cost_and_share_nothing(priced: Priced, query: str) -> None:
    tier = json.dumps(priced.known().tiers[-1])
    cost = priced.cost(query.replace("%s", tier))
    assert 0 < cost["calls"]["actual"] == priced.calls <= cost["calls"]["estimated"]
    assert 0 < cost["objects"]["actual"] <= cost["objects"]["estimated"]


NESTED = """
query ($first: Int) {
  programs { referrals(first: $first) { nodes { program {
    referrals(first: $first) { nodes { program { referrals(first: $first) { totalCount } } } }
  } } } }
}
"""


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        (NESTED, "objects"),
        ("query ($first: Int) { referrals(first: $first) { nodes { referrer { name } } } }",
         "calls"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_costs_too_much_is_refused_before_any_call(
    priced: Priced, method: str, query: str, limit: str
) -> None:
    priced.forget_calls()
    asked = {"query": query, "variables": {"first": 100}}
    if method == "GET":
        asked["variables"] = json.dumps(asked["variables"])
    response = priced.gateway.http.request(
        method,
        "/graphql",
        headers={"accept": "application/graphql-response+json"},
        **{"params" if method == "GET" else "json": asked},  # type: ignore[arg-type]
    )
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    about = error["extensions"]
    assert (about["code"], about["limit"]) == ("LIMIT_EXCEEDED", limit)
    assert about["actual"] > about["maximum"] == getattr(LIMITS, limit)
    assert priced.calls == 0


def test_only_who_asks_is_told_the_cost(priced: Priced) -> None:
    query = "{ programs { key } }"
    for headers in ({}, {"graphql-cost": "0"}):
        assert "extensions" not in priced.gateway.ask(query, headers=headers).http.json()
    assert priced.cost(query) == {
        "calls": {"estimated": 0, "actual": 0, "maximum": LIMITS.calls},
        "objects": {"estimated": 2, "actual": 2, "maximum": LIMITS.objects},
    }


def test_what_a_scalar_holds_is_no_object(priced: Priced) -> None:
    query = """
        { programs { settings { referrerIncentive { ... on UnknownIncentive { data } } } } }
    """
    cost = priced.cost(query)
    assert cost["objects"]["actual"] <= cost["objects"]["estimated"] == 6


def test_the_example_of_the_readme_and_a_dashboard_are_well_within_the_limits() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```graphql")[2].partition("```")[0]
    limits = LimitsConfig()
    for query in (example, DASHBOARD):
        cost = _estimate(query)
        assert cost.calls <= limits.calls // 2
        assert cost.objects <= limits.objects // 2


def _estimate(query: str) -> Cost:
    """What an operation may cost over a program at each provider, with the default walks."""
    programs = Programs(
        Program.of(kind(program(key, key, "http://127.0.0.1:1", "token")))
        for key, kind in providers().items()
    )
    document = parse(query)
    assert not validate(schema._schema, document)
    operation, *_ = definitions = users_first(document)
    assert isinstance(operation, OperationDefinitionNode)
    scope = Scope(programs, ReportsConfig().walk_pages)
    variables = get_variable_values(schema._schema, operation.variable_definitions or (), {})
    assert isinstance(variables, VariableValues)
    return PricedOperation(Prices(schema._schema), operation, definitions).cost(variables, scope)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("{ __typename programs { key name } }", 1 + 2 * 2),
        ("{ programs { a: key ...F ... { key } } } fragment F on Program { key }", 2 * 3),
        ("{ referrals(first: 7) { nodes { id __typename program { key } } } }", 7 * 3),
        ("{ programs { capabilities key @skip(if: true) } }", 2 * len(Capability)),
        ("{ __schema { types { name } } }", 0),
    ],
)
def test_each_field_without_a_selection_is_a_value_and_each_item_of_a_list(
    query: str, values: int
) -> None:
    assert _estimate(query).values == values


DASHBOARD = """
query Dashboard($first: Int = 50) {
  programs {
    key name capabilities
    health { status callsRemaining lastError { message } }
    settings { isEnabled completionRule { trigger } referrerIncentive { summary } }
    tiers { nodes { id name referralsRequired reward { summary } } sources { status } }
  }
  statistics { totalReferrals conversionPercent usedCouponsValue { amount } ...Sources }
  timeline { points { date referred completed } }
  leaderboard { entries { rank referralCount person { name program { key } } } }
  topReferrers(combineByEmail: true) { entries { rank people { name } successfulReferrals } }
  referrals(first: $first) {
    nodes { id status referredAt program { key } referrer { name email } referred { name } }
    pageInfo { hasNextPage endCursor }
    totalCount
    sources { program { key } status error { code } }
  }
  claims { nodes { claimedAt claimant { name } tier { name reward { summary } } } }
}
fragment Sources on Statistics { sources { program { key } status isComputed isComplete } }
"""


@strawberry.type
class Thing:
    name: str = field("A name.")


@strawberry.type
class Query:
    free: int = field("An attribute.")
    things: list[Thing] = field("A list of objects, of who knows what length.")


def test_a_field_that_does_not_say_what_it_costs_stops_the_start() -> None:
    with pytest.raises(LookupError, match=r"^Query\.things does not say what it costs$"):
        Prices(strawberry.Schema(Query)._schema)
