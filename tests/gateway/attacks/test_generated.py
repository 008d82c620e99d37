"""Requests made up at random, right ones and wrong ones: whatever comes, the answer is GraphQL over
HTTP, nobody's fault but the client's, and tells no secret."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes
from schemathesis.core.result import Ok

from gateway.schema import schema_text
from tests.gateway.attacks.attacked import GRAPHQL, JSON, Attacked

# The gateway runs in this process, and its request ids are made by chance too.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")

EXAMPLES = 40
"""For each test. Ten times as many take minutes, which is worth it after a change."""

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

SCALARS = {
    "Date": st.sampled_from(["2025-01-20", "", "2025-13-01", "\x00"]).map(nodes.String),
    "DateTime": st.sampled_from(["2025-01-20T12:00:00Z", "0000", "x"]).map(nodes.String),
    "Decimal": st.sampled_from(["1.5", "NaN", "1e999", "-0"]).map(nodes.String),
    "JSON": st.just(nodes.Null),
    "CurrencyCode": st.sampled_from(["EUR", "", "eur€"]).map(nodes.String),
}
for name, values in SCALARS.items():
    schemathesis.graphql.scalar(name, values)
# Not made before it is drawn from: every process that runs tests imports this file.
OPERATIONS = st.deferred(lambda: from_schema(schema_text(), custom_scalars=SCALARS))


@st.composite
def broken(draw: st.DrawFn) -> str:
    """An operation in which a piece was left out, doubled, or replaced by something else."""
    text = draw(OPERATIONS)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 20)))
    piece = st.sampled_from(["", text[start:end] * 2, "{", "}", '"', "@skip", "$x", "...", "1e9"])
    return text[:start] + draw(piece | st.text(max_size=5)) + text[end:]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
BODIES = ANYTHING | st.fixed_dictionaries(
    {},
    optional={
        "query": ANYTHING | st.just("{ __typename }"),
        "operationName": ANYTHING,
        "variables": ANYTHING,
        "extensions": ANYTHING | st.fixed_dictionaries({"persistedQuery": ANYTHING}),
        "documentId": ANYTHING,
    },
)


@pytest.fixture(autouse=True)
def tells_no_secret(attacked: Attacked) -> Iterator[list[str]]:
    """The answers that a test got."""
    texts: list[str] = []
    yield texts
    assert texts
    for secret in attacked.secrets:
        assert not any(secret in text for text in texts)


def check(status: int, content_type: str, text: str, accept: str) -> None:
    """GraphQL over HTTP, section 6, and the response format of GraphQL, section 7.1."""
    assert status in (200, 400, 405), text
    assert content_type == f"{accept}; charset=utf-8"
    content = json.loads(text)
    assert content.keys() <= {"data", "errors"}
    if "data" not in content:
        assert content["errors"]
        assert accept == JSON or status >= 400
    else:
        assert status == 200
    assert content.get("errors") != []
    for error in content.get("errors", []):
        assert isinstance(error["message"], str)
        assert error.keys() <= {"message", "locations", "path", "extensions"}
        assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR", text
        for step in error.get("path", []):
            assert isinstance(step, str | int)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("operations", [OPERATIONS, broken()], ids=["valid", "broken"])
def test_operations(
    attacked: Attacked,
    tells_no_secret: list[str],
    method: str,
    operations: st.SearchStrategy[str],
) -> None:
    @bounded
    @given(query=operations, accept=st.sampled_from([GRAPHQL, JSON]))
    def ask(query: str, accept: str) -> None:
        asked: dict[str, Any] = {"json": {"query": query}}
        if method == "GET":
            asked = {"params": {"query": query}}
        headers = {"accept": accept}
        response = attacked.gateway.http.request(method, "/graphql", headers=headers, **asked)
        check(response.status_code, response.headers["content-type"], response.text, accept)
        tells_no_secret.append(response.text)

    ask()


def test_bodies(attacked: Attacked, tells_no_secret: list[str]) -> None:
    @bounded
    @given(body=BODIES)
    def post(body: Any) -> None:
        # NaN and lone surrogates too, as Python writes them.
        response = attacked.post(json.dumps(body).encode(), accept=GRAPHQL)
        check(response.status_code, response.headers["content-type"], response.text, GRAPHQL)
        tells_no_secret.append(response.text)

    post()


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_schemathesis(
    attacked: Attacked, tells_no_secret: list[str], mode: schemathesis.GenerationMode
) -> None:
    schema = schemathesis.graphql.from_url(f"{attacked.origin}/graphql")
    found = [operation for operation in schema.get_all_operations() if isinstance(operation, Ok)]
    cases = [operation.ok().as_strategy(generation_mode=mode) for operation in found]

    @bounded
    @given(case=st.one_of(cases))
    def call(case: schemathesis.Case[Any]) -> None:
        response = case.call(headers={"accept": GRAPHQL})
        # Its `not_a_server_error` takes every error below a field for one of the server.
        case.validate_response(response, checks=[schemathesis.checks.response_schema_conformance])
        (content_type,) = response.headers["content-type"]
        check(response.status_code, content_type, response.text, GRAPHQL)
        tells_no_secret.append(response.text)

    call()
