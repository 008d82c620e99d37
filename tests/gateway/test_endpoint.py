"""`/graphql` as HTTP: what is taken, what is refused, and that nothing breaks it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from tests.running import Gateway, program, running_gateway

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
NEW = {"accept": GRAPHQL}
QUERY = "{ programs { key } }"
MUTATION = 'mutation { tierToggle(id: "x") { errors { message } } }'
TWO = 'query A { program(key: "a") { key } } query B { program(key: "coral-avenue") { key } }'


@pytest.fixture(scope="module")
def idle() -> Iterator[Gateway]:
    """A gateway that has no provider to ask and in these tests needs none."""
    with running_gateway(
        program("coral-avenue", "piggy", "http://127.0.0.1:1", "token")
    ) as gateway:
        yield gateway


def refusal(response: httpx.Response, status: int, code: str) -> str:
    """The message of an answer that must be that one error and nothing else."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].partition(";")[0] in (JSON, GRAPHQL)
    (error,) = response.json().pop("errors")
    assert "data" not in response.json()
    assert error["extensions"] == {"code": code}
    message = error["message"]
    assert isinstance(message, str)
    return message


@pytest.mark.parametrize(
    "query",
    [
        "query ($no: Boolean = false) { programs @skip(if: $no) { key } }",
        "query ($no: Boolean = true) { programs { key @include(if: $no) } }",
        "query ($no: Boolean = true) { programs { ...F } }"
        " fragment F on Program { tiers { nodes { name @include(if: $no) } } }",
        "mutation ($no: Boolean = false) {"
        ' tierToggle(id: "x") { errors { message @skip(if: $no) } } }',
    ],
)
def test_a_null_where_a_directive_takes_none_is_refused_before_anything_runs(
    idle: Gateway, query: str
) -> None:
    asked = {"query": query, "variables": {"no": None}}
    refusal(idle.http.post("/graphql", json=asked, headers=NEW), 400, "BAD_USER_INPUT")
    assert idle.ask(query, {"no": None}).http.status_code == 200
    assert not idle.ask(query).errors


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("*/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_is_answered_in_the_media_type_asked_for(
    idle: Gateway, method: str, accept: str | None, media_type: str
) -> None:
    headers = {} if accept is None else {"accept": accept}
    if method == "GET":
        response = idle.http.get("/graphql", params={"query": QUERY}, headers=headers)
    else:
        response = idle.http.post("/graphql", json={"query": QUERY}, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.json() == {"data": {"programs": [{"key": "coral-avenue"}]}}


def test_head_is_get_without_the_body(idle: Gateway) -> None:
    response = idle.http.head("/graphql", params={"query": QUERY})
    assert (response.status_code, response.content) == (200, b"")


def test_variables_and_the_operation_name_come_by_get_too(idle: Gateway) -> None:
    params = {
        "query": "query A { __typename } query B($key: String!) { program(key: $key) { key } }",
        "operationName": "B",
        "variables": '{"key": "coral-avenue"}',
    }
    response = idle.http.get("/graphql", params=params)
    assert response.json() == {"data": {"program": {"key": "coral-avenue"}}}


@pytest.mark.parametrize(
    "params",
    [
        {"query": MUTATION},
        {"query": f"query Q {QUERY} mutation M {MUTATION[9:]}", "operationName": "M"},
    ],
    ids=["the only operation", "the one that is named"],
)
def test_a_mutation_by_get_is_refused_and_pointed_to_post(
    idle: Gateway, params: dict[str, str]
) -> None:
    response = idle.http.get("/graphql", params=params)
    assert "POST" in refusal(response, 405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"


def test_a_document_with_a_mutation_can_be_asked_for_its_query_by_get(idle: Gateway) -> None:
    params = {"query": f"query Q {QUERY} mutation M {MUTATION[9:]}", "operationName": "Q"}
    assert idle.http.get("/graphql", params=params).json()["data"]["programs"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(idle: Gateway, method: str) -> None:
    response = idle.http.request(method, "/graphql", json={"query": QUERY})
    assert response.status_code == 405
    refusal(response, 405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/graphql",
        f"{JSON}; charset=utf-16",
        f'{JSON};charset="ISO-8859-1"',
        f"{JSON}; charset=utf-8; charset=latin1",
    ],
)
def test_a_body_of_another_type_is_refused(idle: Gateway, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = idle.http.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    refusal(response, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type", [f"{JSON}; charset=utf-8", f'{JSON} ;Charset="UTF-8"; v=1', "Application/JSON"]
)
def test_json_by_another_spelling_is_taken(idle: Gateway, content_type: str) -> None:
    headers = {"content-type": content_type}
    response = idle.http.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.json() == {"data": {"__typename": "Query"}}


BAD_BODIES = {
    "nothing": b"",
    "null": b"null",
    "a string": b'"x"',
    "a number": b"123",
    "a batch": b'[{"query": "{ __typename }"}]',
    "no query": b"{}",
    "a query that is null": b'{"query": null}',
    "variables in a list": b'{"query": "{ __typename }", "variables": []}',
    "a numeric operation name": b'{"query": "{ __typename }", "operationName": 1}',
    "extensions as text": b'{"query": "{ __typename }", "extensions": "x"}',
    "half of it": b'{"query": "{ __type',
    "something behind it": b'{"query": "{ __typename }"} {}',
    "invalid UTF-8": b'{"query": "{ __typename } # \xff"}',
    "a lone surrogate in the query": b'{"query": "{ __typename } # \\ud800"}',
    "a lone surrogate in a variable": b'{"query": "{ __typename }", "variables": {"x": "\\udfff"}}',
    "a byte order mark of UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
    "NaN": b'{"query": "{ __typename }", "variables": {"x": NaN}}',
    "an infinite number": b'{"query": "{ __typename }", "variables": {"x": 1e999}}',
    "lists without end": b"[" * 100_000,
    "objects without end": b'{"query": "{ __typename }", "variables": ' + b'{"x":' * 40_000,
    "objects very deep": b'{"query": "", "variables": ' + b'{"x":' * 9999 + b"1" + b"}" * 10_000,
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_that_is_no_request_is_refused(idle: Gateway, body: bytes) -> None:
    response = idle.http.post("/graphql", content=body, headers={"content-type": JSON})
    refusal(response, 400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"variables": "{}"},
        {"query": QUERY, "variables": "[]"},
        {"query": QUERY, "variables": "{"},
        {"query": QUERY, "variables": '{"x": NaN}'},
        {"query": QUERY, "variables": '{"x": "\\ud800"}'},
        {"query": QUERY, "variables": '{"x":' * 3000},
    ],
    ids=["nothing", "no query", "a list", "half of it", "NaN", "a lone surrogate", "very deep"],
)
def test_a_url_that_is_no_request_is_refused(idle: Gateway, params: dict[str, str]) -> None:
    refusal(idle.http.get("/graphql", params=params), 400, "BAD_REQUEST")


BAD_DOCUMENTS = {
    "nothing": ("", "GRAPHQL_PARSE_FAILED"),
    "half of it": ("{ programs {", "GRAPHQL_PARSE_FAILED"),
    "a lone surrogate": ('{ program(key: "\\ud800") { key } }', "GRAPHQL_PARSE_FAILED"),
    "selections without end": ("{a" * 950, "GRAPHQL_PARSE_FAILED"),
    "lists without end": ("{ nodes(ids: " + "[" * 1_900, "GRAPHQL_PARSE_FAILED"),
    "types without end": ("query ($x: " + "[" * 1_900, "GRAPHQL_PARSE_FAILED"),
    "an unknown field": ("{ secrets }", "GRAPHQL_VALIDATION_FAILED"),
    "a fragment within itself": (
        "{ ...F } fragment F on Query { ...F }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
}


@pytest.mark.parametrize(("document", "code"), BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS.keys())
def test_a_bad_document_is_a_request_error(idle: Gateway, document: str, code: str) -> None:
    asked: dict[str, Any] = {"query": document}
    new = idle.http.post("/graphql", json=asked, headers=NEW)
    refusal(new, 400, code)
    # To a client of before that media type, anything but 200 is a failed transport.
    old = idle.http.post("/graphql", json=asked, headers={"accept": JSON})
    assert (old.status_code, old.json()) == (200, new.json())


def test_which_operation_must_be_clear(idle: Gateway) -> None:
    for asked in ({"query": TWO}, {"query": TWO, "operationName": "C"}):
        refusal(idle.http.post("/graphql", json=asked, headers=NEW), 400, "BAD_REQUEST")
    response = idle.http.post("/graphql", json={"query": TWO, "operationName": "B"})
    assert response.json() == {"data": {"program": {"key": "coral-avenue"}}}


def test_variables_that_do_not_fit_are_a_request_error(idle: Gateway) -> None:
    query = "query ($key: String!) { program(key: $key) { key } }"
    for variables in ({}, {"key": None}, {"key": 1}, {"key": ["x"]}):
        response = idle.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers=NEW
        )
        refusal(response, 400, "BAD_USER_INPUT")


def test_text_passes_through_unharmed(idle: Gateway) -> None:
    query = "query ($key: String!) { program(key: $key) { key } }"
    for text in ("\x00", "\U0001f600", "\u2028", "a" * 10_000, "'\";--"):
        response = idle.http.post("/graphql", json={"query": query, "variables": {"key": text}})
        assert response.json() == {"data": {"program": None}}


@pytest.mark.parametrize(
    "value", ["1" * 30, '{"x":' * 400 + "1" + "}" * 400], ids=["large", "deep"]
)
def test_any_json_of_a_provider_is_passed_on(
    gateway: Gateway, piggy: PiggySandbox, value: str
) -> None:
    incentive = '{"type": "surprise", "data": ' + value + "}"
    body = '{"data": {"referring_contact_incentive": ' + incentive + "}}"
    piggy.faults.add(Fault("wrong_shape", path="/settings", body=body))
    answer = gateway.ask(
        "{ programs { settings { referrerIncentive { ... on UnknownIncentive { data } } } } }"
    )
    assert not answer.errors
    assert value.replace(" ", "") in answer.http.text
    assert answer.data["programs"][1]["settings"] is not None


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "NOT_FOUND"), ("POST", "/healthz", 405, "METHOD_NOT_ALLOWED")],
)
def test_what_is_not_served_is_an_error_in_json(
    idle: Gateway, method: str, path: str, status: int, code: str
) -> None:
    refusal(idle.http.request(method, path), status, code)
