"""gql, which reads the schema by introspection and judges what it sends by it."""

from pathlib import Path
from typing import Any

from gql import Client, GraphQLRequest, gql
from gql.transport.httpx import HTTPXTransport

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.clients.touring import assert_toured
from tests.running import NO_TLS, Gateway

OPERATIONS = (Path(__file__).parent / "operations.graphql").read_text()
GOLD = {"name": "Gold", "referralsRequired": 25, "reward": {"percent": "12.50"}}


def test_gql_tours_with_the_schema_that_it_fetched(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    transport = HTTPXTransport(f"{gateway.origin}/graphql", verify=NO_TLS, trust_env=False)
    with Client(transport=transport, fetch_schema_from_transport=True) as session:

        def ask(name: str, **variables: Any) -> Any:
            document = gql(OPERATIONS)
            request = GraphQLRequest(document, variable_values=variables, operation_name=name)
            return session.execute(request)

        programs = ask("Programs")["programs"]
        referrals: list[tuple[str, str]] = []
        page_info = {"hasNextPage": True, "endCursor": None}
        pages = 0
        while page_info["hasNextPage"]:
            page = ask("Referrals", first=64, after=page_info["endCursor"])["referrals"]
            nodes = [edge["node"] for edge in page["edges"]]
            referrals += [(node["program"]["key"], node["providerId"]) for node in nodes]
            page_info = page["pageInfo"]
            pages += 1
        program_id = next(p["id"] for p in programs if p["provider"]["name"] == "Pixlpay")
        created = ask("CreateTier", programId=program_id, input=GOLD)["tierCreate"]
        changes = {"name": "Golden", "isActive": False}
        updated = ask("UpdateTier", id=created["tier"]["id"], input=changes)["tierUpdate"]
        wrong = {**GOLD, "couponValidityDays": 400}
        refused = ask("CreateTier", programId=program_id, input=wrong)["tierCreate"]
    told = {
        "programs": [program["key"] for program in programs],
        "referrals": referrals,
        "pages": pages,
        "reward": created["tier"]["reward"],
        "name": updated["tier"]["name"],
        "errors": [{key: e[key] for key in ("__typename", "field")} for e in refused["errors"]],
    }
    assert_toured(told, gateway, piggy, pixlpay)
