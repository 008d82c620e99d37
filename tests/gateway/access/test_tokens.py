"""Tokens of an issuer: what is taken, and every way to make one that is not."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from hmac import digest
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey, RSAKey

from adapters._sandbox.serving import Served, serve_in_thread
from adapters.provider import ProgramConfig
from gateway.access.errors import TokenRefused
from gateway.access.key_sets import KeySet
from gateway.access.tokens import Tokens
from gateway.caller import Scope
from gateway.config import AccessConfig, JwtTable
from tests.gateway.access.callers import READ, Keys, bearer, codes
from tests.gateway.access.issuer import (
    AUDIENCE,
    ISSUER,
    KEYS,
    STRANGER,
    Issuer,
    claims,
    published,
    token,
)
from tests.running import Gateway, running_gateway

QUERY = "{ programs { key } referrals(first: 1) { nodes { referrer { email } } } }"
PUBLIC_PEM = RSAKey.import_key(KEYS["rsa"].as_dict(private=False)).as_pem()


def segment(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(alg: str, signature: bytes = b"") -> str:
    return f"{segment({'alg': alg, 'kid': 'rsa'})}.{segment(claims())}.{segment(signature)}"


def hmac_signed(secret: bytes, alg: str = "HS256") -> str:
    """A token made with a public key as if it were a shared secret."""
    content = f"{segment({'alg': alg, 'kid': 'rsa'})}.{segment(claims())}"
    return f"{content}.{segment(digest(secret, content.encode(), 'sha256'))}"


def signed(header: dict[str, Any], **changes: Any) -> str:
    """A token with a good signature over what no library would sign."""
    content = f"{segment({'alg': 'EdDSA', 'kid': 'ed', **header})}.{segment(claims(**changes))}"
    key = KEYS["ed"].raw_value
    assert isinstance(key, Ed25519PrivateKey)
    return f"{content}.{segment(key.sign(content.encode()))}"


def tampered(**changes: Any) -> str:
    head, _, signature = token().split(".")
    return f"{head}.{segment(claims(**changes))}.{signature}"


HOUR = 3600
NOW = claims()["iat"]
ATTACKS = {
    "none": unsigned("none"),
    "None": unsigned("None"),
    "NONE": unsigned("NONE"),
    "none with a signature": unsigned("none", b"signature"),
    "no signature": unsigned("RS256"),
    "a wrong signature": unsigned("RS256", b"x" * 256),
    "HS256 with the public key": hmac_signed(PUBLIC_PEM),
    "HS256 with the public key's JWK": hmac_signed(published(KEYS["rsa"])),
    "HS256 with nothing": hmac_signed(b""),
    "HS256 called RS256": hmac_signed(PUBLIC_PEM, alg="RS256"),
    "more scopes than were signed": tampered(scope="admin"),
    "a key of somebody else": token(STRANGER),
    "a key of its own in the header": token(
        STRANGER, header={"jwk": STRANGER.as_dict(private=False)}
    ),
    "an address of its own in the header": token(
        STRANGER, header={"jku": "https://evil.example/jwks.json"}
    ),
    "a key that is not there": token(header={"kid": "gone"}),
    "no kid among several": token(header={"kid": None}),
    "a kid that is no text": f"{segment({'alg': 'RS256', 'kid': ['rsa']})}.{segment({})}.AA",
    "a path as kid": token(header={"kid": "../../../dev/null"}),
    "the key of another algorithm": token(header={"kid": "ec"}),
    "an algorithm that is not allowed": token(alg="RS512"),
    "a key of another kind": token(header={"kid": "ed"}),
    "a critical header that nobody knows": signed({"crit": ["new"], "new": 1}),
    "expired": token(exp=NOW - HOUR),
    "expired long ago": token(exp=0),
    "never expiring": token(exp=None),
    "expiring in words": token(exp="tomorrow"),
    "not yet good": token(nbf=NOW + HOUR),
    "made in the future": token(iat=NOW + HOUR),
    "another audience": token(aud="another-api"),
    "no audience": token(aud=None),
    "an empty audience": token(aud=[]),
    "another issuer": token(iss="https://evil.example/"),
    "nearly the issuer": token(iss=ISSUER.rstrip("/")),
    "several issuers": token(iss=[ISSUER, "https://evil.example/"]),
    "no issuer": token(iss=None),
    "nobody": token(sub=None),
    "an empty name": token(sub=""),
    "a name of no text": token(sub=7),
    "a name that cannot be printed": token(sub="emma\n"),
    "a name that cannot be written": signed({}, sub="emma\ud800"),
    "too long": token(padding="x" * 8192),
    "no JWT": "a.b.c",
    "an encrypted one": "a.b.c.d.e",
    "dots": "..",
    "null in all places": f"{segment(None)}.{segment(None)}.{segment(None)}",
    "deeply nested": f"{segment(b'[' * 4000)}.{segment({})}.AA",
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[tuple[Issuer, Served]]:
    app = Issuer()
    with serve_in_thread(app) as served:
        yield app, served


def configured(served: Served, **changes: Any) -> AccessConfig:
    rules = JwtTable(
        issuer=ISSUER, audience=AUDIENCE, jwks_url=f"{served.origin}/jwks.json", **changes
    )
    return AccessConfig(jwt=rules)


@pytest.fixture
def guarded(
    programs: tuple[ProgramConfig, ...], issuer: tuple[Issuer, Served]
) -> Iterator[Gateway]:
    with running_gateway(*programs, access=configured(issuer[1])) as running:
        yield running


@pytest.mark.parametrize(
    ("key", "alg"), [("rsa", "RS256"), ("ec", "ES256"), ("ed", "EdDSA")], ids=str
)
def test_a_good_token_lets_in(guarded: Gateway, key: str, alg: str) -> None:
    answer = guarded.ask(QUERY, headers=bearer(token(KEYS[key], alg)))
    assert not answer.errors
    assert [program["key"] for program in answer.data["programs"]] == [
        "coral-avenue",
        "block-haven",
    ]


def test_a_header_that_nobody_knows_is_passed_over(guarded: Gateway) -> None:
    assert guarded.ask(QUERY, headers=bearer(signed({"new": 1}))).data


def test_no_forged_token_lets_in(guarded: Gateway) -> None:
    for name, forged in ATTACKS.items():
        answer = guarded.ask(QUERY, headers=bearer(forged))
        assert answer.http.status_code == 401, name
        assert answer.http.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert codes(answer) == ["UNAUTHENTICATED"], name
        assert answer.data is None
        assert forged not in answer.http.text
    # The gateway is none the worse for it.
    assert guarded.ask(QUERY, headers=bearer(token())).data


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("referrals:read people:read", []),
        ("referrals:read", ["FORBIDDEN"]),
        (["referrals:read", "people:read", 7], []),
        ("REFERRALS:READ", ["FORBIDDEN"]),
        ("referrals:read,people:read", ["FORBIDDEN"]),
        ("", ["FORBIDDEN"]),
        (None, ["FORBIDDEN"]),
        ({"referrals:read": True}, ["FORBIDDEN"]),
    ],
)
def test_scopes_come_from_the_claim(guarded: Gateway, scope: object, expected: list[str]) -> None:
    assert codes(guarded.ask(QUERY, headers=bearer(token(scope=scope)))) == expected


@pytest.mark.parametrize(
    ("claim", "seen"),
    [
        (["coral-avenue"], ["coral-avenue"]),
        ("block-haven coral-avenue", ["coral-avenue", "block-haven"]),
        (["coral-avenue", "elsewhere"], ["coral-avenue"]),
        (["*"], []),
        ([], []),
        (None, []),
        (True, []),
    ],
)
def test_programs_come_from_the_claim_where_there_is_one(
    programs: tuple[ProgramConfig, ...],
    issuer: tuple[Issuer, Served],
    claim: object,
    seen: list[str],
) -> None:
    access = replace(configured(issuer[1], program_claim="programs"))
    with running_gateway(*programs, access=access) as guarded:
        answer = guarded.ask("{ programs { key } }", headers=bearer(token(programs=claim)))
    assert [program["key"] for program in answer.data["programs"]] == seen


def test_a_page_takes_the_token_of_an_administrator_as_password(guarded: Gateway) -> None:
    def status(password: str) -> int:
        return guarded.http.get("/graphiql", auth=("anybody", password)).status_code

    assert status(token(scope="admin")) == 200
    assert status(token()) == 403
    assert status(tampered(scope="admin")) == 401


def test_keys_and_tokens_stand_side_by_side(
    programs: tuple[ProgramConfig, ...], issuer: tuple[Issuer, Served]
) -> None:
    keys = Keys().add("emma", READ)
    access = replace(keys.config, jwt=configured(issuer[1]).jwt)
    query = "query ($after: String) { referrals(after: $after) { pageInfo { endCursor } } }"
    with running_gateway(*programs, access=access) as guarded:
        cursor = keys.ask(guarded, "emma", query).data["referrals"]["pageInfo"]["endCursor"]
        other = guarded.ask(query, {"after": cursor}, bearer(token(sub="emma")))
        assert codes(other) == ["INVALID_CURSOR"]
        assert keys.ask(guarded, "emma", query, {"after": cursor}).data


def test_without_an_issuer_no_token_is_taken(programs: tuple[ProgramConfig, ...]) -> None:
    with running_gateway(*programs, access=Keys().add("a", READ).config) as guarded:
        answer = guarded.ask(QUERY, headers=bearer(token()))
    assert answer.http.status_code == 401


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class CountedKeys(KeySet):
    """Counts how often a token is verified."""

    looked_for = 0

    async def find(self, key_id: str | None) -> Any:
        self.looked_for += 1
        return await super().find(key_id)


def verifier(clock: Clock, keys: KeySet, **changes: Any) -> Tokens:
    rules = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "algorithms": ["RS256", "EdDSA"],
        "scope_claim": "scope",
        "program_claim": None,
        "programs": frozenset({"coral-avenue"}),
        "leeway": 60,
        "now": clock,
    }
    return Tokens(keys, **{**rules, **changes})


def timed(clock: Clock, **offsets: int) -> bytes:
    times: dict[str, Any] = {"iat": None, "exp": 1_000_000 + HOUR}
    times |= {name: 1_000_000 + offset for name, offset in offsets.items()}
    return token(**times).encode()


async def name_of(tokens: Tokens, sent: bytes) -> str | None:
    try:
        return (await tokens.caller(sent, sha256(sent).digest())).name
    except TokenRefused:
        return None


@pytest.mark.parametrize(
    ("offsets", "is_good"),
    [
        ({"exp": -59}, True),
        ({"exp": -60}, False),
        ({"nbf": 60}, True),
        ({"nbf": 61}, False),
        ({"iat": 60}, True),
        ({"iat": 61}, False),
    ],
)
@pytest.mark.anyio
async def test_clocks_may_differ_by_the_leeway(offsets: dict[str, int], is_good: bool) -> None:
    clock = Clock()
    tokens = verifier(clock, KeySet.of(published(KEYS["rsa"])))
    assert (await name_of(tokens, timed(clock, **offsets)) is not None) == is_good


@pytest.mark.anyio
async def test_a_token_is_verified_once_a_minute_and_ends_with_its_time() -> None:
    clock, keys = Clock(), CountedKeys([KEYS["rsa"]])
    tokens = verifier(clock, keys)
    lasting, ending = timed(clock), timed(clock, exp=30)
    for _ in range(3):
        assert await name_of(tokens, lasting) == await name_of(tokens, ending) == "jwt:emma"
    assert keys.looked_for == 2
    clock.now += 61
    assert await name_of(tokens, lasting) == "jwt:emma"
    assert keys.looked_for == 3
    clock.now += 28  # 89 seconds: the leeway is not over
    assert await name_of(tokens, ending) == "jwt:emma"
    clock.now += 1
    assert await name_of(tokens, ending) is None


@pytest.mark.anyio
async def test_the_only_key_needs_no_name() -> None:
    clock = Clock()
    tokens = verifier(clock, KeySet.of(published(KEYS["rsa"])))
    sent = token(header={"kid": None}, iat=None, exp=1_000_000 + HOUR).encode()
    assert await name_of(tokens, sent) == "jwt:emma"


@pytest.mark.anyio
async def test_a_key_is_good_for_the_algorithm_alone_that_it_names() -> None:
    named = RSAKey.import_key({**KEYS["rsa"].as_dict(private=False), "alg": "RS512"})
    tokens = verifier(Clock(), KeySet([named]))
    assert await name_of(tokens, timed(Clock())) is None


def test_what_is_no_public_key_for_signatures_is_not_used() -> None:
    good = KEYS["ed"].as_dict(private=False)
    unfit: list[object] = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "a"},
        {"kty": "RSA"},
        {"kty": "RSA", "n": "AQ", "e": "AQAB"},
        {"kty": ["RSA"]},
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "ML-DSA"},
        {"kty": "RSA", "n": segment(b"\xff" * 128), "e": "AQAB"},  # 1024 bits
        OKPKey.generate_key("X25519").as_dict(private=False),
        KEYS["rsa"].as_dict(private=True),
        {**KEYS["rsa"].as_dict(private=False), "use": "enc"},
        None,
        7,
    ]
    for one in unfit:
        with pytest.raises(ValueError, match="no key"):
            KeySet.of(json.dumps({"keys": [one]}).encode())
        KeySet.of(json.dumps({"keys": [one, good]}).encode())
    for content in (b"", b"null", b"[]", b"{}", b'{"keys": 1}', b"\xff", b"[" * 10_000):
        with pytest.raises(ValueError, match="no"):
            KeySet.of(content)


def test_scopes_are_those_of_the_readme() -> None:
    assert list(Scope) == ["referrals:read", "referrals:write", "people:read", "admin"]
