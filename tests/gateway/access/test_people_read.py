"""Without `people:read`, nobody learns who people are, from a field or by asking for somebody.

What tells it is marked in the schema, and every field that could has to be judged here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_interface_type,
    is_leaf_type,
    is_required_argument,
)

from adapters._sandbox.people import person
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import LimitsConfig
from gateway.schema import schema_text
from tests.gateway.access.callers import EVERYTHING, PEOPLE, READ, Keys, codes
from tests.running import Gateway, running_gateway

SCHEMA = build_schema(schema_text())
SHARED = person(24).email
"""Somebody at both sandboxes."""

# Text, identifiers and raw JSON that tell who somebody is, or whose code something is.
PERSONAL = {"Coupon.code", "Person.email", "Person.name", "Person.referralCode"}
IMPERSONAL = {
    *("BusinessProfile.name", "BusinessProfile.providerId"),
    # The code is the one that was asked about, and the reason the provider's words on it.
    *("CodeValidation.code", "CodeValidation.reason"),
    "CompletionRule.providerType",
    "Coupon.providerId",
    *("FixedDiscountIncentive.providerType", "FixedDiscountIncentive.summary"),
    *("Incentive.providerType", "Incentive.summary"),
    *("InvalidInputError.field", "InvalidInputError.message"),
    *("LoyaltyPointsIncentive.providerType", "LoyaltyPointsIncentive.summary"),
    "Node.id",
    *("NotFoundError.field", "NotFoundError.message"),
    *("PageInfo.endCursor", "PageInfo.startCursor"),
    *("PercentageDiscountIncentive.providerType", "PercentageDiscountIncentive.summary"),
    # Made by the provider, and of no use outside of its program.
    *("Person.id", "Person.providerId"),
    *("Program.id", "Program.key", "Program.name"),
    "ProgramSettingsUpdatePayload.providerMessage",
    *("Promotion.name", "Promotion.providerId"),
    *("Provider.key", "Provider.name"),
    *("ProviderError.message", "ProviderError.providerCode"),
    *("ProviderFailureError.field", "ProviderFailureError.message"),
    *("Referral.id", "Referral.providerId", "Referral.providerStatus"),
    *("ReferralEdge.cursor", "RewardClaimEdge.cursor"),
    *("RewardClaim.id", "RewardClaim.providerId"),
    *("Tier.description", "Tier.id", "Tier.name", "Tier.providerId"),
    *("TierCreatePayload.providerMessage", "TierUpdatePayload.providerMessage"),
    *("TierTogglePayload.providerMessage", "TierDeletePayload.providerMessage"),
    "TierDeletePayload.deletedTierId",
    *("UnknownIncentive.data", "UnknownIncentive.providerType", "UnknownIncentive.summary"),
    *("UnsupportedOperationError.field", "UnsupportedOperationError.message"),
    *("UserError.field", "UserError.message"),
    "Viewer.name",  # the caller's own
    *("VoucherIncentive.providerType", "VoucherIncentive.summary"),
}
# What finds people, or tells whose something is.
REFUSED = {
    "CodeValidation.referrer",
    "Person.counterparts",
    "Query.people",
    "Query.topReferrers(combineByEmail)",
    "ReferralFilter.search",
}

ARGUMENTS = {
    "Program.codeValidation": '(code: "ABC12345")',
    "Query.codeValidations": '(code: "ABC12345")',
    "Program.claims": "(first: 4)",
    "Program.referrals": "(first: 4)",
    "Query.claims": "(first: 4)",
    "Query.leaderboard": "(limit: 4)",
    "Query.program": '(key: "block-haven")',
    "Query.referrals": "(first: 4)",
    "Query.topReferrers": "(limit: 4)",
}
# Of callers, or of time; and the counterparts, which have a test of their own.
UNSTEADY = {
    *("cursor", "startCursor", "endCursor"),
    *("fetchedAt", "health"),
    "counterparts",
}
# Asked with arguments of their own, below; and each caller is another viewer.
APART = {"Query.node", "Query.nodes", "Query.people", "Query.viewer"}

KEYS = Keys().add("blind", READ).add("seeing", PEOPLE).add("boss", EVERYTHING)


@pytest.fixture
def guarded(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    # Asking for all there is takes its time.
    generous = LimitsConfig(
        depth=0, tokens=0, calls=0, objects=0, values=0, field_pairs=0, requests_per_minute=0
    )
    with running_gateway(*programs, access=KEYS.config, demand=generous) as running:
        yield running


def elements() -> Iterator[tuple[str, Any]]:
    """Every field and argument by its coordinate."""
    for name, kind in SCHEMA.type_map.items():
        if name.startswith("__"):
            continue
        for field_name, field in getattr(kind, "fields", {}).items():
            yield f"{name}.{field_name}", field
            for argument_name, argument in getattr(field, "args", {}).items():
                yield f"{name}.{field_name}({argument_name})", argument


def marked(scope: str) -> set[str]:
    """What the schema says needs a scope."""
    return {
        place
        for place, element in elements()
        for directive in element.ast_node.directives or ()
        if directive.name.value == "scope" and directive.arguments[0].value.value == scope
    }


def test_every_text_is_judged() -> None:
    texts = {
        place
        for place, element in elements()
        if isinstance(element, GraphQLField)
        and get_named_type(element.type).name in ("String", "ID", "JSON")
    }
    assert texts == PERSONAL | IMPERSONAL
    assert not PERSONAL & IMPERSONAL


def test_the_schema_marks_what_needs_a_scope() -> None:
    assert marked("PEOPLE_READ") == PERSONAL | REFUSED
    assert marked("REFERRALS_WRITE") == {
        f"Mutation.{name}"
        for name in SCHEMA.mutation_type.fields  # type: ignore[union-attr]
    }
    assert marked("REFERRALS_READ") == marked("ADMIN") == set()


def selection(kind: GraphQLObjectType, above: tuple[str, ...], depth: int) -> str:
    """Everything that can be asked of a type, no type within itself but people within people."""
    parts = ["__typename"]
    for name, field in kind.fields.items():
        place, inner = f"{kind.name}.{name}", get_named_type(field.type)
        if place in APART or (
            place not in ARGUMENTS and any(map(is_required_argument, field.args.values()))
        ):
            continue
        arguments = ARGUMENTS.get(place, "")
        if is_leaf_type(inner):
            parts.append(f"{name}{arguments}")
        elif is_interface_type(inner):
            parts.append(f"{name}{arguments} {{ __typename }}")
        elif depth and above.count(inner.name) < (2 if inner.name == "Person" else 1):
            assert isinstance(inner, GraphQLObjectType)
            chosen = selection(inner, (*above, inner.name), depth - 1)
            parts.append(f"{name}{arguments} {chosen}")
    return f"{{ {' '.join(parts)} }}"


def whole_query(root: str) -> str:
    """A query for all there is below a root field."""
    field = SCHEMA.query_type.fields[root]  # type: ignore[union-attr]
    inner = get_named_type(field.type)
    assert isinstance(inner, GraphQLObjectType)
    arguments = ARGUMENTS.get(f"Query.{root}", "")
    # What is in programs is asked for at their own roots.
    return f"{{ {root}{arguments} {selection(inner, (inner.name, 'Program'), 5)} }}"


ROOTS = [name for name in SCHEMA.query_type.fields if f"Query.{name}" not in APART]  # type: ignore[union-attr]

LEAD_TO_PEOPLE = {
    *("programs", "program", "referrals", "claims", "tiers", "leaderboard", "topReferrers"),
    "codeValidations",
}


def redacted(value: Any) -> Any:
    """An answer as it should be without the scope."""
    if isinstance(value, list):
        return [redacted(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: None if is_withheld(f"{value.get('__typename')}.{name}") else redacted(inner)
        for name, inner in value.items()
    }


def is_withheld(place: str) -> bool:
    return place in PERSONAL or place == "CodeValidation.referrer"


def steady(value: Any) -> Any:
    """An answer without what differs from one caller, or one time, to the next."""
    if isinstance(value, list):
        return [steady(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: steady(inner) for name, inner in value.items() if name not in UNSTEADY}


def texts(value: Any) -> Iterator[str]:
    """Every text of an answer that does not just repeat the query."""
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if (
                name != "__typename"
                and f"{value.get('__typename')}.{name}" != "CodeValidation.code"
            ):
                yield from texts(inner)
    elif isinstance(value, str):
        yield value


def personal_values(value: Any) -> Iterator[str]:
    """Everything personal that an answer tells."""
    if isinstance(value, list):
        for item in value:
            yield from personal_values(item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if f"{value.get('__typename')}.{name}" in PERSONAL and inner:
                yield inner
            else:
                yield from personal_values(inner)


@pytest.mark.parametrize("root", ROOTS)
def test_all_but_who_people_are_is_told_whatever_the_way_to_them(
    root: str, guarded: Gateway
) -> None:
    query = whole_query(root)
    whole = KEYS.ask(guarded, "seeing", query)
    blind = KEYS.ask(guarded, "blind", query)
    assert not whole.errors
    assert steady(blind.data) == steady(redacted(whole.data))
    told = set(personal_values(whole.data))
    assert bool(told) == (root in LEAD_TO_PEOPLE)
    shown = set(texts(blind.data))
    assert not told & shown
    assert not [text for text in shown if "@" in text]
    assert codes(blind) == (["FORBIDDEN"] if told else [])


def test_one_error_tells_of_all_that_is_withheld(guarded: Gateway) -> None:
    answer = KEYS.ask(
        guarded,
        "blind",
        "{ referrals(first: 100) { nodes { referrer { name email } referred { name email } } } }",
    )
    assert len(answer.data["referrals"]["nodes"]) == 100
    assert answer.errors == [
        {
            "message": "Names, e-mail addresses and codes need the scope people:read.",
            "extensions": {
                "code": "FORBIDDEN",
                "scope": "people:read",
                "fields": ["Person.email", "Person.name"],
            },
        }
    ]


def test_what_is_withheld_is_not_looked_up(guarded: Gateway, piggy: PiggySandbox) -> None:
    query = (
        '{ referrals(programs: ["coral-avenue"]) { nodes { referrer { name referralCode'
        " counterparts { nodes { name } } } } } }"
    )
    KEYS.ask(guarded, "blind", query)
    assert [call.path.rpartition("/")[2] for call in piggy.calls] == ["referrals"]


@pytest.mark.parametrize(
    ("field", "variables"),
    [
        (f'people(email: "{SHARED}") {{ nodes {{ id }} }}', {}),
        ('people(email: "nobody@example.com") { nodes { id } }', {}),
        ('referrals(filter: {search: "emma"}) { nodes { id } }', {}),
        ("referrals(filter: {search: $text}) { nodes { id } }", {"text": "emma"}),
        ('program(key: "coral-avenue") { referrals(filter: {search: "e"}) { nodes { id } } }', {}),
        ("topReferrers(combineByEmail: true) { entries { rank } }", {}),
        ("topReferrers(combineByEmail: $combine) { entries { rank } }", {"combine": True}),
    ],
)
def test_nobody_is_looked_for_by_who_they_are(
    guarded: Gateway,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    field: str,
    variables: dict[str, Any],
) -> None:
    types = {"text": "$text: String", "combine": "$combine: Boolean!"}
    declared = ", ".join(types[name] for name in variables)
    query = f"query {f'({declared})' if declared else ''} {{ {field} }}"
    answer = KEYS.ask(guarded, "blind", query, variables)
    assert codes(answer) == ["FORBIDDEN"]
    assert "people:read" in answer.errors[0]["message"]
    assert answer.data is None or answer.data == {"program": None}
    assert not piggy.calls
    assert not pixlpay.calls
    assert not KEYS.ask(guarded, "seeing", query, variables).errors


def test_counterparts_are_an_empty_list_that_says_why(guarded: Gateway) -> None:
    query = (
        "{ leaderboard { entries { person { id counterparts { nodes { id }"
        " sources { program { key } status isComplete error { code message } } } } } } }"
    )
    answer = KEYS.ask(guarded, "blind", query)
    (error,) = answer.errors
    assert error["extensions"]["fields"] == ["Person.counterparts"]
    for entry in answer.data["leaderboard"]["entries"]:
        (source,) = entry["person"]["counterparts"].pop("sources")
        assert entry["person"]["counterparts"] == {"nodes": []}
        assert source["status"] == "FAILED"
        assert not source["isComplete"]
        assert source["error"] == {
            "code": "FORBIDDEN",
            "message": "The caller lacks the scope people:read.",
        }


def test_a_person_is_found_again_by_id_but_not_told_of(guarded: Gateway) -> None:
    found = KEYS.ask(guarded, "seeing", f'{{ people(email: "{SHARED}") {{ nodes {{ id }} }} }}')
    for node in found.data["people"]["nodes"]:
        query = (
            f'{{ node(id: "{node["id"]}") {{ id ... on Person {{ name email loyaltyPoints }} }} }}'
        )
        answer = KEYS.ask(guarded, "blind", query)
        shown = answer.data["node"]
        assert (shown["id"], shown["name"], shown["email"]) == (node["id"], None, None)
        assert codes(answer) == ["FORBIDDEN"]


def test_whose_code_it_is_stays_untold(guarded: Gateway, pixlpay: PixlpaySandbox) -> None:
    told = KEYS.ask(
        guarded,
        "seeing",
        '{ topReferrers(limit: 1, programs: ["block-haven"]) {'
        " entries { people { id referralCode } } } }",
    )
    owner = told.data["topReferrers"]["entries"][0]["people"][0]
    query = (
        f'{{ codeValidations(code: "{owner["referralCode"]}")'
        " { nodes { isValid referrer { id } } } }"
    )
    seen = KEYS.ask(guarded, "seeing", query).data["codeValidations"]["nodes"]
    assert seen == [{"isValid": True, "referrer": {"id": owner["id"]}}]
    blind = KEYS.ask(guarded, "blind", query)
    assert blind.data["codeValidations"]["nodes"] == [{"isValid": True, "referrer": None}]
    assert codes(blind) == ["FORBIDDEN"]


def test_a_mutation_shows_no_more_than_a_query(programs: tuple[ProgramConfig, ...]) -> None:
    writer = Keys().add("writer", EVERYTHING - PEOPLE | READ)
    query = (
        "mutation ($id: ID!) { programSettingsUpdate(programId: $id, input: {isEnabled: true})"
        " { program { leaderboard { entries { person { name email } } } } } }"
    )
    with running_gateway(*programs, access=writer.config) as guarded:
        found = writer.ask(guarded, "writer", '{ program(key: "block-haven") { id } }')
        answer = writer.ask(guarded, "writer", query, {"id": found.data["program"]["id"]})
    entries = answer.data["programSettingsUpdate"]["program"]["leaderboard"]["entries"]
    assert entries
    assert all(e["person"] == {"name": None, "email": None} for e in entries)
    assert codes(answer) == ["FORBIDDEN"]
