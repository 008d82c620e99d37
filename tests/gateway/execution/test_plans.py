"""What is compiled, how often, and what is left to graphql-core."""

import gc
import tracemalloc
from pathlib import Path

import pytest

from gateway.execution.plans import BYTES_A_FIELD, Plans
from gateway.execution.selection import MOST_FIELDS
from tests.gateway.execution.compiling import executable, plan

QUERIES = Path(__file__).parents[3] / "benchmarks" / "queries"


@pytest.mark.parametrize("file", sorted(QUERIES.glob("*.graphql")), ids=lambda file: file.stem)
@pytest.mark.parametrize("sees_people", [True, False])
def test_what_is_asked_every_day_is_compiled(file: Path, sees_people: bool) -> None:
    assert plan(Plans(), executable(file.read_text()), sees_people=sees_people) is not None


def test_callers_from_whom_people_are_withheld_have_a_plan_of_their_own() -> None:
    plans, made = Plans(), executable("{ referrals { nodes { referrer { email } } } }")
    told, withheld = (plan(plans, made, sees_people=sees) for sees in (True, False))
    assert told is not withheld
    assert plan(plans, made, sees_people=False) is withheld
    assert plan(plans, made) is told


def test_who_asks_is_compiled_too() -> None:
    assert plan(Plans(), executable("{ viewer { name scopes } }")) is not None


@pytest.mark.parametrize(
    "text",
    [
        'mutation { tierDelete(id: "x") { providerMessage } }',
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Query") { name } programs { key } }',
        "{" + " ".join(f"a{n}: programs {{ key }}" for n in range(MOST_FIELDS // 2 + 1)) + "}",
    ],
    ids=["a mutation", "the schema", "a type", "too many fields"],
)
def test_what_is_left_to_graphql_core(text: str) -> None:
    assert plan(Plans(), executable(text)) is None


def test_an_operation_is_compiled_once() -> None:
    plans, made = Plans(), executable("query ($key: String!) { program(key: $key) { name } }")
    assert plan(plans, made, key="a") is plan(plans, made, key="b")


def test_each_choice_of_skip_and_include_has_a_plan_of_its_own() -> None:
    text = "query ($yes: Boolean!) { programs { key @include(if: $yes) name @skip(if: $yes) } }"
    plans, made = Plans(), executable(text)
    told, other = plan(plans, made, yes=True), plan(plans, made, yes=False)
    assert told is not other
    assert plan(plans, made, yes=True) is told


def test_plans_are_kept_within_bounds() -> None:
    plans = Plans(kept_bytes=10 * BYTES_A_FIELD)
    often = executable("{ programs { key } }")
    first = plan(plans, often)
    for number in range(100):
        assert plan(plans, executable(f"{{ programs {{ name{number}: name }} }}")) is not None
        assert plan(plans, often) is first
        assert len(plans) <= 5


@pytest.mark.parametrize(
    "text",
    [
        '{ program(key: "%d") { referrals { nodes { providerId referrer { email name } } } } }',
        "{ referrals(first: %d) { nodes { referrer { providerId } referred { name } } } }",
        "{ programs { name%d: name } }",
    ],
    ids=["rows of a page", "merged rows", "next to nothing"],
)
def test_a_plan_takes_no_more_memory_than_is_reckoned(text: str) -> None:
    plans, number = Plans(), 50
    made = [executable(text % number) for number in range(number + 1)]
    plan(plans, made.pop())  # what is made once for all
    gc.collect()
    tracemalloc.start()
    fields = sum(found.field_count for each in made if (found := plan(plans, each)) is not None)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert fields >= 2 * number
    assert taken < BYTES_A_FIELD * fields


def test_fragments_that_double_make_no_long_plan() -> None:
    doubling = "".join(
        f"fragment F{n} on Referral {{ referrer {{ referrals {{ nodes {{ ...F{n + 1} }}"
        f" more: nodes {{ ...F{n + 1} }} }} }} }}"
        for n in range(30)
    )
    text = f"{{ referrals {{ nodes {{ ...F0 }} }} }} {doubling} fragment F30 on Referral {{ id }}"
    assert plan(Plans(), executable(text)) is None


@pytest.mark.parametrize(
    ("selected", "are_kept"),
    [
        ("nodes { id providerId referrer { id name } }", True),
        ("nodes { ... on Referral { __typename } }", True),
        ("nodes { program { key } }", False),
        ("nodes { referrer { tier { name } } }", False),
        ("nodes { referred { referrals { totalCount } } }", False),
        ("edges { node { providerId } }", False),
    ],
)
def test_rows_are_kept_that_depend_on_themselves_alone(selected: str, are_kept: bool) -> None:
    made = plan(Plans(), executable(f'{{ program(key: "a") {{ referrals {{ {selected} }} }} }}'))
    assert made is not None
    assert bool(made.rows) is are_kept
