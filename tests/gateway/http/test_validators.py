"""A query by GET can be asked for only what is new."""

import pytest

from adapters.piggy.sandbox import PiggySandbox
from tests.running import Gateway

QUERY = {"query": "{ programs { key } }"}


def test_a_query_by_get_has_a_tag(idle: Gateway) -> None:
    first = idle.http.get("/graphql", params=QUERY)
    again = idle.http.get("/graphql", params=QUERY)
    other = idle.http.get("/graphql", params={"query": "{ programs { name } }"})
    assert first.headers["etag"] == again.headers["etag"] != other.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"


def test_the_tag_is_that_of_every_coding(idle: Gateway) -> None:
    query = {"query": "{ __schema { types { name description } } }"}
    tags = set()
    for encoding in ("identity", "gzip", "br", "zstd"):
        answer = idle.http.get("/graphql", params=query, headers={"accept-encoding": encoding})
        tags.add(answer.headers["etag"])
    (tag,) = tags
    assert tag.startswith('W/"')


@pytest.mark.parametrize("spelling", ["{}", '"x", {}', "*", '{} , W/"y"'])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(idle: Gateway, method: str, spelling: str) -> None:
    first = idle.http.get("/graphql", params=QUERY)
    for tag in (first.headers["etag"], first.headers["etag"].removeprefix("W/")):
        headers = {"if-none-match": spelling.replace("{}", tag)}
        again = idle.http.request(method, "/graphql", params=QUERY, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "cache-control", "vary"):
            assert again.headers[name] == first.headers[name]


@pytest.mark.parametrize("tag", ["", "W/", '"x"', 'W/"x", "y"', "x"])
def test_what_it_has_not_is_sent(idle: Gateway, tag: str) -> None:
    answer = idle.http.get("/graphql", params=QUERY, headers={"if-none-match": tag})
    assert answer.json()["data"]


def test_what_changed_is_sent(gateway: Gateway, piggy: PiggySandbox) -> None:
    query = {"query": "{ programs { key health { lastSuccessAt } } }"}
    first = gateway.http.get("/graphql", params=query)
    tag = {"if-none-match": first.headers["etag"]}
    assert gateway.http.get("/graphql", params=query, headers=tag).status_code == 304
    gateway.data("{ tiers { nodes { name } } }")
    changed = gateway.http.get("/graphql", params=query, headers=tag)
    assert changed.status_code == 200
    assert changed.json() != first.json()


def test_a_failed_query_has_no_tag(idle: Gateway) -> None:
    for params in ({"query": "{"}, {}):
        answer = idle.http.get("/graphql", params=params)
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


def test_a_post_is_answered_whatever_the_client_has(idle: Gateway) -> None:
    tag = idle.http.get("/graphql", params=QUERY).headers["etag"]
    answer = idle.http.post("/graphql", json=QUERY, headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert "etag" not in answer.headers
