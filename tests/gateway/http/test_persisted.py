"""Operations that clients name: under a hash they registered, or of a list."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.config import CacheConfig, PersistedConfig
from gateway.http.persisted import MOST_CHARACTERS, Registered
from tests.gateway.http.repeated import KEEPING, client_of
from tests.running import NO_CACHE, Gateway, running_gateway

GRAPHQL = "application/graphql-response+json"
QUERY = "{ programs { key } }"
ANSWER = {"data": {"programs": [{"key": "coral-avenue"}]}}
MUTATION = 'mutation { tierToggle(id: "x") { errors { message } } }'
LISTED = {
    "programs": QUERY,
    "by-key": "query ($key: String!) { program(key: $key) { key } }",
    "toggle": MUTATION,
    "broken": "{",
}
METHODS = pytest.mark.parametrize("method", ["GET", "POST"])


@pytest.fixture
def automatic(idle_program: ProgramConfig) -> Iterator[Gateway]:
    """One that has not seen any text yet."""
    with running_gateway(idle_program) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def textual(idle_program: ProgramConfig) -> Iterator[Gateway]:
    """One that takes no names."""
    with running_gateway(idle_program, persisted=PersistedConfig(automatic=False)) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def also(idle_program: ProgramConfig) -> Iterator[Gateway]:
    """One that takes listed documents besides others."""
    persisted = PersistedConfig(mode="also", documents=LISTED)
    with running_gateway(idle_program, persisted=persisted) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def only(idle_program: ProgramConfig) -> Iterator[Gateway]:
    """One that takes listed documents alone."""
    persisted = PersistedConfig(mode="only", documents=LISTED)
    with running_gateway(idle_program, persisted=persisted) as gateway:
        yield gateway


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def hashed(text: str, **more: Any) -> dict[str, Any]:
    """A request by the hash of a text."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}, **more}


def send(
    gateway: Gateway, method: str, asked: dict[str, Any], accept: str = GRAPHQL
) -> httpx.Response:
    headers = {"accept": accept}
    if method == "POST":
        return gateway.http.post("/graphql", json=asked, headers=headers)
    params = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in asked.items()
    }
    return gateway.http.get("/graphql", params=params, headers=headers)


def in_one_piece(asked: dict[str, Any]) -> bytes:
    """A request that comes as a whole, and so may be known again."""
    head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    body = orjson.dumps(asked)
    return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)


def code(response: httpx.Response, status: int = 400) -> str:
    """The code of an answer that is one error and nothing else."""
    assert response.status_code == status, response.text
    assert response.headers["cache-control"] == "no-store"
    (error,) = response.json().pop("errors")
    assert "data" not in response.json()
    found = error["extensions"]["code"]
    assert isinstance(found, str)
    return found


@METHODS
def test_a_hash_is_known_once_its_text_was_sent_with_it(automatic: Gateway, method: str) -> None:
    unknown = send(automatic, method, hashed(QUERY))
    assert code(unknown) == "PERSISTED_QUERY_NOT_FOUND"
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert send(automatic, method, hashed(QUERY, query=QUERY)).json() == ANSWER
    for known in ("GET", "POST"):
        assert send(automatic, known, hashed(QUERY)).json() == ANSWER


def test_an_old_client_learns_it_with_200(automatic: Gateway) -> None:
    unknown = send(automatic, "POST", hashed(QUERY), accept="application/json")
    assert code(unknown, 200) == "PERSISTED_QUERY_NOT_FOUND"


@METHODS
def test_a_text_that_is_not_that_of_the_hash_is_refused_and_not_kept(
    automatic: Gateway, method: str
) -> None:
    other = "{ programs { name } }"
    assert code(send(automatic, method, hashed(QUERY, query=other))) == "BAD_REQUEST"
    assert code(send(automatic, method, hashed(QUERY))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "named",
    [
        "x",
        {},
        [],
        {"version": 2, "sha256Hash": digest(QUERY)},
        {"version": True, "sha256Hash": digest(QUERY)},
        {"version": 1},
        {"version": 1, "sha256Hash": 7},
        {"sha256Hash": digest(QUERY)},
    ],
    ids=str,
)
def test_what_is_no_hash_is_refused(automatic: Gateway, named: Any) -> None:
    asked = {"query": QUERY, "extensions": {"persistedQuery": named}}
    assert code(send(automatic, "POST", asked)) == "BAD_REQUEST"


def test_other_extensions_are_none_of_it(automatic: Gateway) -> None:
    asked = {"query": QUERY, "extensions": {"clientLibrary": {"name": "x"}}}
    assert send(automatic, "POST", asked).json() == ANSWER
    asked["extensions"] = {"persistedQuery": None}
    assert send(automatic, "POST", asked).json() == ANSWER


def test_a_hash_goes_with_variables_and_a_mutation_not_with_get(automatic: Gateway) -> None:
    text = LISTED["by-key"]
    variables = {"key": "coral-avenue"}
    send(automatic, "POST", hashed(text, query=text, variables=variables))
    answer = send(automatic, "GET", hashed(text, variables=variables))
    assert answer.json() == {"data": {"program": {"key": "coral-avenue"}}}
    send(automatic, "POST", hashed(MUTATION, query=MUTATION))
    assert code(send(automatic, "GET", hashed(MUTATION)), 405) == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("cache", [KEEPING, NO_CACHE], ids=["kept", "executed"])
def test_a_text_that_was_forgotten_is_known_again_once_the_same_is_sent_again(
    idle_program: ProgramConfig, cache: CacheConfig
) -> None:
    registering = in_one_piece(hashed(QUERY, query=QUERY))
    with running_gateway(idle_program, cache=cache) as gateway, client_of(gateway) as client:
        client.learn(registering)
        for number in range(MOST_CHARACTERS // 250_000 + 1):
            other = f"# {number} {'x' * 250_000}"
            send(gateway, "POST", hashed(other, query=other))
        assert code(send(gateway, "POST", hashed(QUERY))) == "PERSISTED_QUERY_NOT_FOUND"
        assert orjson.loads(client.send(registering).body) == ANSWER
        assert send(gateway, "POST", hashed(QUERY)).json() == ANSWER


def test_where_no_names_are_taken_clients_learn_it(textual: Gateway) -> None:
    refused = send(textual, "POST", hashed(QUERY))
    assert code(refused) == "PERSISTED_QUERY_NOT_SUPPORTED"
    assert refused.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
    assert send(textual, "POST", hashed(QUERY, query=QUERY)).json() == ANSWER
    assert code(send(textual, "POST", hashed(QUERY))) == "PERSISTED_QUERY_NOT_SUPPORTED"
    by_id = send(textual, "POST", {"documentId": "programs"})
    assert code(by_id) == "PERSISTED_QUERY_NOT_SUPPORTED"


@METHODS
@pytest.mark.parametrize("mode", ["also", "only"])
def test_a_listed_document_is_asked_by_its_id_hash_or_text(
    also: Gateway, only: Gateway, mode: str, method: str
) -> None:
    gateway = also if mode == "also" else only
    for asked in (
        {"documentId": "programs"},
        hashed(QUERY),
        hashed(QUERY, query=QUERY),
        {"query": QUERY},
    ):
        assert send(gateway, method, asked).json() == ANSWER
    asked = {"documentId": "by-key", "variables": {"key": "coral-avenue"}}
    assert send(gateway, method, asked).json() == {"data": {"program": {"key": "coral-avenue"}}}


@METHODS
def test_an_id_that_is_not_listed_is_refused(also: Gateway, method: str) -> None:
    for unknown in ("x", "", "Programs"):
        response = send(also, method, {"documentId": unknown})
        assert code(response) == "PERSISTED_QUERY_NOT_FOUND"


def test_an_id_and_a_text_are_one_too_many(also: Gateway) -> None:
    asked = {"documentId": "programs", "query": QUERY}
    assert code(send(also, "POST", asked)) == "BAD_REQUEST"


def test_a_listed_document_is_still_judged(only: Gateway) -> None:
    assert code(send(only, "POST", {"documentId": "broken"})) == "GRAPHQL_PARSE_FAILED"
    assert code(send(only, "GET", {"documentId": "toggle"}), 405) == "METHOD_NOT_ALLOWED"


def test_besides_a_list_other_texts_are_taken(also: Gateway) -> None:
    other = "{ programs { name } }"
    assert send(also, "POST", {"query": other}).json()["data"]
    assert code(send(also, "POST", hashed(other))) == "PERSISTED_QUERY_NOT_FOUND"
    assert send(also, "POST", hashed(other, query=other)).json()["data"]
    assert send(also, "POST", hashed(other)).json()["data"]


UNLISTED = {
    "a query": "{ programs { name } }",
    "the same but for a space": QUERY + " ",
    "introspection": "{ __schema { types { name } } }",
    "what cannot be parsed": "{" * 1000,
    "nothing": "",
}


@METHODS
@pytest.mark.parametrize("text", UNLISTED.values(), ids=UNLISTED.keys())
def test_where_only_listed_documents_are_taken_no_other_is_even_parsed(
    only: Gateway, method: str, text: str
) -> None:
    assert code(send(only, method, {"query": text})) == "DOCUMENT_NOT_TRUSTED"
    assert code(send(only, method, hashed(text, query=text))) == "DOCUMENT_NOT_TRUSTED"
    assert code(send(only, method, hashed(text))) == "PERSISTED_QUERY_NOT_FOUND"


def test_nothing_unlisted_reaches_a_provider(
    programs: tuple[ProgramConfig, ...], piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    listed = "{ tiers { nodes { name } } }"
    persisted = PersistedConfig(mode="only", documents={"tiers": listed})
    with running_gateway(*programs, persisted=persisted) as gateway:
        for query in ("{ tiers { nodes { id } } }", MUTATION):
            code(send(gateway, "POST", {"query": query}))
        assert piggy.count() + pixlpay.count() == 0
        assert send(gateway, "POST", {"documentId": "tiers"}).json()["data"]["tiers"]["nodes"]
        assert piggy.count() + pixlpay.count() > 0


def test_registered_texts_are_bounded_in_number() -> None:
    registered = Registered(most=3)
    for name in "abc":
        registered.put(name, name)
    assert registered.get("a") == "a"
    registered.put("d", "d")
    assert [registered.get(name) for name in "abcd"] == ["a", None, "c", "d"]


def test_and_in_length() -> None:
    registered = Registered(most_characters=10)
    registered.put("a", "x" * 6)
    registered.put("a", "x" * 6)
    registered.put("b", "x" * 4)
    assert registered.get("a") is not None
    registered.put("c", "x")
    assert [registered.get(name) is None for name in "abc"] == [False, True, False]
    registered.put("d", "x" * 11)
    assert [registered.get(name) for name in "abcd"] == [None] * 4
