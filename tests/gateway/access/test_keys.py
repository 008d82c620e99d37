"""Callers with keys: who is let in where, over HTTP."""

from collections.abc import Iterator
from importlib.metadata import version

import pytest

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from gateway.access.api_keys import create_key, digest_in, digest_of, hash_of
from gateway.caller import Caller, Scope
from gateway.ids import Kind, encode
from tests.gateway.access.callers import EVERYTHING, READ, WRITE, Keys, bearer, codes
from tests.running import Gateway, running_gateway

KEYS = (
    Keys()
    .add("reader", READ)
    .add("writer", WRITE)
    .add("blind-writer", frozenset({Scope.REFERRALS_WRITE}))
    .add("watcher", frozenset({Scope.ADMIN}))
    .add("watcher-of-one", frozenset({Scope.ADMIN}), "coral-avenue")
    .add("boss", EVERYTHING)
)
QUERY = "{ programs { key } }"
MUTATION = 'mutation { tierToggle(id: "%s") { tier { id } errors { message } } }'
GRAPHQL = "application/graphql-response+json"


@pytest.fixture
def guarded(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    """A gateway over both programs that asks for credentials."""
    with running_gateway(*programs, access=KEYS.config) as running:
        yield running


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "Bearer"),
        (bearer(create_key()), 'Bearer error="invalid_token"'),
        (bearer(KEYS["reader"][:-1]), 'Bearer error="invalid_token"'),
        (bearer(KEYS["reader"] + "A"), 'Bearer error="invalid_token"'),
        (bearer(KEYS["reader"].upper()), 'Bearer error="invalid_token"'),
        (bearer(hash_of(KEYS["reader"])), 'Bearer error="invalid_token"'),
        (bearer("?"), 'Bearer error="invalid_token"'),
        ({"authorization": KEYS["reader"]}, 'Bearer error="invalid_token"'),
        ({"authorization": f"Basic {KEYS['reader']}"}, 'Bearer error="invalid_token"'),
        ({"authorization": "Bearer"}, 'Bearer error="invalid_token"'),
        ({"authorization": "\x80\xff"}, 'Bearer error="invalid_token"'),
        ({"cookie": f"authorization={KEYS['reader']}"}, "Bearer"),
        ({"x-api-key": KEYS["reader"]}, "Bearer"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_who_proves_nothing_is_not_answered(
    guarded: Gateway,
    piggy: PiggySandbox,
    pixlpay: PixlpaySandbox,
    headers: dict[str, str],
    says: str,
    method: str,
) -> None:
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    response = guarded.http.request(
        method,
        "/graphql",
        params={"query": "{ tiers { nodes { name } } }"} if method == "GET" else None,
        content=b"not JSON" if method == "POST" else None,
        headers=sent,
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == says
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in response.json()
    assert not piggy.calls
    assert not pixlpay.calls


def test_two_credentials_at_once_are_none(guarded: Gateway) -> None:
    both = [("authorization", f"Bearer {KEYS[name]}") for name in ("reader", "boss")]
    response = guarded.http.post("/graphql", json={"query": QUERY}, headers=both)
    assert response.status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_key_lets_in_whatever_the_case_of_the_scheme(guarded: Gateway, scheme: str) -> None:
    answer = guarded.ask(QUERY, headers={"authorization": f"{scheme} {KEYS['reader']}"})
    assert [program["key"] for program in answer.data["programs"]] == [
        "coral-avenue",
        "block-haven",
    ]


def test_a_key_in_the_address_lets_nobody_in(guarded: Gateway) -> None:
    for name in ("access_token", "key", "token"):
        response = guarded.http.get("/graphql", params={"query": QUERY, name: KEYS["boss"]})
        assert response.status_code == 401


@pytest.mark.parametrize("name", ["blind-writer", "watcher"])
@pytest.mark.parametrize("query", [QUERY, "{ __schema { types { name } } }", "{ __typename }"])
def test_without_referrals_read_there_is_nothing(guarded: Gateway, name: str, query: str) -> None:
    answer = KEYS.ask(guarded, name, query)
    assert answer.data is None
    assert codes(answer) == ["FORBIDDEN"]
    assert "referrals:read" in answer.errors[0]["message"]


@pytest.mark.parametrize("name", ["reader", "blind-writer", "watcher"])
@pytest.mark.parametrize(
    ("accept", "status"), [(GRAPHQL, 403), ("application/json", 200)], ids=["new", "old"]
)
def test_a_change_without_both_scopes_is_refused_before_any_call(
    guarded: Gateway, pixlpay: PixlpaySandbox, name: str, accept: str, status: int
) -> None:
    query = MUTATION % encode(Kind.TIER, "block-haven", "1")
    headers = {**KEYS.headers(name), "accept": accept, "idempotency-key": "once"}
    answer = guarded.ask(query, headers=headers)
    assert answer.http.status_code == status
    assert answer.data is None
    assert codes(answer) == ["FORBIDDEN"]
    assert "path" not in answer.errors[0]
    assert not pixlpay.calls
    # It was not kept as the first answer either.
    again = guarded.ask(query, headers={**KEYS.headers("writer"), "idempotency-key": "once"})
    assert again.data["tierToggle"]["tier"]


def test_idempotency_keys_are_per_caller(guarded: Gateway, pixlpay: PixlpaySandbox) -> None:
    query = MUTATION % encode(Kind.TIER, "block-haven", "1")

    def ask(name: str) -> None:
        sent = {**KEYS.headers(name), "idempotency-key": "the same"}
        assert guarded.ask(query, headers=sent).data["tierToggle"]["tier"]

    def toggles() -> int:
        return sum(call.path.endswith("/toggle") for call in pixlpay.calls)

    for expected, name in enumerate(["writer", "boss"], start=1):
        ask(name)
        ask(name)
        assert toggles() == expected


PAGES = [
    # address, then what nobody in particular, a reader and an administrator get
    ("/healthz", 200, 200, 200),
    ("/readyz", 200, 200, 200),
    ("/", 200, 200, 200),
    ("/graphiql", 401, 403, 200),
    ("/schema.graphql", 401, 200, 403),
    ("/metrics", 401, 403, 200),
    ("/nowhere", 404, 404, 404),
]


@pytest.mark.parametrize(("path", "nobody", "reader", "watcher"), PAGES)
def test_who_gets_which_page(
    guarded: Gateway, path: str, nobody: int, reader: int, watcher: int
) -> None:
    assert guarded.http.get(path).status_code == nobody
    assert guarded.http.get(path, headers=bearer("rgk_x")).status_code == nobody
    assert guarded.http.get(path, headers=KEYS.headers("reader")).status_code == reader
    assert guarded.http.get(path, headers=KEYS.headers("watcher")).status_code == watcher


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({}, None),
        (bearer("rgk_x"), None),
        (KEYS.headers("reader"), None),
        (KEYS.headers("watcher"), {"coral-avenue": "UNKNOWN", "block-haven": "UNKNOWN"}),
        (KEYS.headers("watcher-of-one"), {"coral-avenue": "UNKNOWN"}),
    ],
    ids=["nobody", "a stranger", "a reader", "an administrator", "one of one program"],
)
def test_readiness_tells_details_to_administrators(
    guarded: Gateway, headers: dict[str, str], shown: dict[str, str] | None
) -> None:
    told: dict[str, object] = {"status": "ready"}
    if shown is not None:
        told |= {"version": version("referral-gateway"), "shared_cache": "off", "programs": shown}
    assert guarded.http.get("/readyz", headers=headers).json() == told
    assert guarded.http.get("/healthz", headers=headers).json() == {"status": "ok"}


def test_metrics_of_all_programs_are_not_for_who_sees_one(guarded: Gateway) -> None:
    response = guarded.http.get("/metrics", headers=KEYS.headers("watcher-of-one"))
    assert response.status_code == 403
    assert "block-haven" not in response.text


def test_a_gateway_that_asks_for_keys_answers_to_any_name(guarded: Gateway) -> None:
    headers = {**KEYS.headers("reader"), "host": "referrals.example.com"}
    assert guarded.ask(QUERY, headers=headers).data


def test_keys_are_long_and_their_hashes_are_read_back() -> None:
    one, other = create_key(), create_key()
    assert one != other
    assert one.startswith("rgk_")
    assert len(one) == len("rgk_") + 43
    assert digest_in(hash_of(one)) == digest_of(one.encode())
    assert one not in hash_of(one)
    for text in ("", one, hash_of(one)[:-1], hash_of(one).upper(), f"{hash_of(one)}\n"):
        assert digest_in(text) is None


def test_callers_share_answers_only_with_themselves_and_the_same_rights() -> None:
    one = Caller("jwt:a", READ, frozenset({"x", "y"}))
    others = [
        Caller("jwt:b", READ, frozenset({"x", "y"})),
        Caller("jwt:a", WRITE, frozenset({"x", "y"})),
        Caller("jwt:a", READ, frozenset({"x"})),
        Caller("jwt:a", READ, frozenset()),
        Caller("jwt:a", READ),
    ]
    assert one.cache_scope == Caller("jwt:a", READ, frozenset({"y", "x"})).cache_scope
    assert len({one.cache_scope, *(other.cache_scope for other in others)}) == 6


def test_a_page_takes_the_key_of_an_administrator_as_password(
    programs: tuple[ProgramConfig, ...],
) -> None:
    keys = Keys().add("boss", EVERYTHING).add("reader", READ)
    with running_gateway(*programs, access=keys.config) as gateway:

        def status(password: str, path: str = "/graphiql") -> int:
            return gateway.http.get(path, auth=("anybody", password)).status_code

        refused = gateway.http.get("/graphiql")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic realm=")
        assert [status(keys["boss"]), status(keys["reader"]), status("wrong")] == [200, 403, 401]
        for path in ("/graphql?query={__typename}", "/schema.graphql"):
            assert status(keys["boss"], path) == 401
        garbled = {"authorization": "Basic !"}
        assert gateway.http.get("/graphiql", headers=garbled).status_code == 401
