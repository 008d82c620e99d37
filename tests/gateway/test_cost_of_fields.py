"""No field costs more than was reckoned for it alone.

Of a whole operation, what is reckoned too high in one place hides what is too low in another.
"""

from collections.abc import Iterator
from random import Random

import pytest

from gateway.config import LimitsConfig
from gateway.schema import schema
from tests.gateway.generated import Fields, Generator
from tests.gateway.test_cost import Priced, pricing

# Walks cost more than whatever may be reckoned too high, and all that they may.
REFERRALS = 450
WALK_PAGES = 4
UNLIMITED = LimitsConfig(calls=0, objects=0, values=0, depth=0)

# Where a field is asked of a type: of one object and of several, and of people of whom all is told
# that a field may have looked up, so that it is not reckoned for the field.
TOLD = "name email referralCode loyaltyPoints tier { id } source { status }"
STEMS = {
    "Query": ["{ __typename %s }"],
    "Program": ["{ programs { key %s } }", '{ program(key: "block-haven") { key %s } }'],
    "Referral": [
        f'{{ referrals(first: 6, programs: ["{key}"]) {{ nodes {{ id %s }} }} }}'
        for key in ("coral-avenue", "block-haven")
    ],
    "RewardClaim": ["{ claims(first: 6) { nodes { id %s } } }"],
    "Tier": [
        f'{{ tiers(programs: ["{key}"]) {{ nodes {{ id %s }} }} }}'
        for key in ("coral-avenue", "block-haven")
    ],
    "Person": [
        f'{{ referrals(first: {number}, programs: ["{key}"]) {{ nodes {{ {who} }} }} }}'
        for key in ("coral-avenue", "block-haven")
        for number, who in [
            (1, f"referrer {{ {TOLD} %s }}"),
            (6, f"referrer {{ {TOLD} %s }}"),
            (6, f"referred {{ {TOLD} %s }}"),
        ]
    ],
}
# How often a field is asked by chance, with other arguments each time.
TIMES = 8


@pytest.fixture(scope="module")
def priced() -> Iterator[Priced]:
    with pricing(referrals=REFERRALS, walk_pages=WALK_PAGES, demand=UNLIMITED) as running:
        yield running


@pytest.mark.parametrize("kind", STEMS)
def test_no_field_costs_more_than_was_reckoned_for_it(priced: Priced, kind: str) -> None:
    generator = Generator(schema._schema, priced.known(), Random(kind))
    fields = schema._schema.type_map[kind]
    assert isinstance(fields, Fields)
    for stem in STEMS[kind]:
        without = priced.cost(stem % "")["calls"]
        for name, field in fields.fields.items():
            for _ in range(TIMES if field.args else 1):
                query = generator.query_with(stem, fields, name)
                calls = priced.cost(query)["calls"]
                estimated = calls["estimated"] - without["estimated"]
                actual = calls["actual"] - without["actual"]
                assert actual <= estimated, query
