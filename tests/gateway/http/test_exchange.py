"""What every answer carries: an id, and what browsers are to heed."""

import re

import pytest

from tests.running import Gateway

PATHS = ["/graphql?query={__typename}", "/graphql", "/graphiql", "/schema.graphql", "/healthz"]
PATHS += ["/nowhere"]


@pytest.mark.parametrize("path", PATHS)
def test_the_request_id_of_the_client_comes_back(idle: Gateway, path: str) -> None:
    for sent in ("a", "5f2b:7/x_Y.9+=-", "x" * 128):
        assert idle.http.get(path, headers={"x-request-id": sent}).headers["x-request-id"] == sent


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("sent", [None, "", "x" * 129, "a b", "a,b", "\xe9", "<script>", 'a"b'])
def test_another_one_is_made_where_it_is_missing_or_not_plain(
    idle: Gateway, path: str, sent: str | None
) -> None:
    headers = [] if sent is None else [(b"x-request-id", sent.encode("latin-1"))]
    ids = {idle.http.get(path, headers=headers).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", made) for made in ids)


def test_several_ids_are_not_one(idle: Gateway) -> None:
    sent = [("x-request-id", "a"), ("x-request-id", "b")]
    made = idle.http.get("/healthz", headers=sent).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{16}", made)


@pytest.mark.parametrize("path", PATHS)
def test_browsers_are_told_to_be_careful(idle: Gateway, path: str) -> None:
    headers = idle.http.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy


def test_the_answer_to_a_post_is_stored_nowhere(idle: Gateway) -> None:
    for asked in ({"query": "{ __typename }"}, {"query": "{"}, {}):
        answer = idle.http.post("/graphql", json=asked)
        assert answer.headers["cache-control"] == "no-store"
