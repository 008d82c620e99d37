"""`[access]` of the configuration: what it comes to, and every fault of it. No key is repeated."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.access.api_keys import create_key, digest_of, hash_of
from gateway.caller import Caller, Scope
from gateway.cli import main
from gateway.config import ConfigError, load
from tests.gateway.access.issuer import KEYS, published
from tests.gateway.configuring import ENVIRONMENT, PIGGY, PIXLPAY, written

KEY = create_key()
GOOD_KEY: dict[str, Any] = {
    "name": "dashboard",
    "hash": hash_of(KEY),
    "scopes": ["referrals:read"],
}
GOOD_JWT: dict[str, Any] = {
    "issuer": "https://login.example.com/",
    "audience": "gateway",
    "jwks_url": "https://login.example.com/jwks.json",
}


def table(name: str, values: dict[str, Any]) -> str:
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None]
    return "\n".join([name, *lines, ""])


def access(*keys: dict[str, Any], jwt: dict[str, Any] | None = None) -> str:
    return "".join(
        [
            *(table("[[access.keys]]", key) for key in keys),
            table("[access.jwt]", jwt) if jwt is not None else "",
        ]
    )


def faults_of(folder: Path, more: str) -> list[str]:
    """What is wrong, each line without the file."""
    file = written(folder, PIGGY, PIXLPAY, more=more)
    with pytest.raises(ConfigError) as caught:
        load(file, ENVIRONMENT)
    assert KEY not in str(caught.value)
    return [fault.removeprefix(f"{file}: ") for fault in caught.value.faults]


def test_keys_make_callers(tmp_path: Path) -> None:
    other = create_key()
    second = {
        **GOOD_KEY,
        "name": "store-7",
        "hash": hash_of(other),
        "scopes": ["admin", "people:read"],
        "programs": ["haven"],
    }
    loaded = load(written(tmp_path, PIGGY, PIXLPAY, more=access(GOOD_KEY, second)), ENVIRONMENT)
    assert dict(loaded.access.callers) == {
        digest_of(KEY.encode()): Caller("key:dashboard", frozenset({Scope.REFERRALS_READ})),
        digest_of(other.encode()): Caller(
            "key:store-7", frozenset({Scope.ADMIN, Scope.PEOPLE_READ}), frozenset({"haven"})
        ),
    }
    assert not loaded.access.is_open


def test_without_any_it_is_open(tmp_path: Path) -> None:
    assert load(written(tmp_path, PIGGY), ENVIRONMENT).access.is_open
    assert load(written(tmp_path, PIGGY, more="[access]"), ENVIRONMENT).access.is_open


def test_an_issuer_alone_closes_it(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, PIGGY, more=access(jwt=GOOD_JWT)), ENVIRONMENT).access
    assert not loaded.is_open
    assert loaded.jwt is not None
    assert loaded.jwt.algorithms == ["RS256", "ES256", "EdDSA"]


SCOPES = "must be some of referrals:read, referrals:write, people:read, admin"
HASH = "hash: must be what `keys create` printed"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"hash": None}, "hash: is missing"),
        ({"hash": KEY}, HASH),
        ({"hash": hash_of(KEY).upper()}, HASH),
        ({"hash": hash_of(KEY)[:-1]}, HASH),
        ({"hash": f"{hash_of(KEY)} "}, HASH),
        ({"key": KEY}, "key: is not known"),
        ({"scopes": []}, f"scopes: {SCOPES}"),
        ({"scopes": ["referrals:delete"]}, f"scopes: {SCOPES}"),
        ({"scopes": ["referrals:read", KEY]}, f"scopes: {SCOPES}"),
        ({"scopes": "referrals:read"}, "scopes: expected `array`, got `str`"),
        ({"scopes": None}, "scopes: is missing"),
        ({"programs": []}, "programs: must be keys of programs, at least one"),
        ({"programs": [KEY]}, "programs: must be keys of programs, at least one"),
        ({"programs": ["sold"]}, "programs: there is no program sold"),
        ({"programs": "coral"}, "programs: expected `array | null`, got `str`"),
    ],
)
def test_a_fault_of_a_key(tmp_path: Path, changed: dict[str, Any], fault: str) -> None:
    text = access({**GOOD_KEY, **changed})
    assert faults_of(tmp_path, text) == [f'access key "dashboard": {fault}']


@pytest.mark.parametrize(
    "name",
    ["", "Dashboard", "a" * 65, "jwt:emma", KEY],
    ids=["empty", "upper case", "too long", "of a token", "the key itself"],
)
def test_a_key_whose_name_is_none_goes_by_its_number(tmp_path: Path, name: str) -> None:
    text = access({**GOOD_KEY, "hash": hash_of("x")}, {**GOOD_KEY, "name": name})
    assert faults_of(tmp_path, text) == [
        "access key 2: name: must be made of 1 to 64 of a-z, 0-9 and -"
    ]


def test_names_and_hashes_are_of_one_key_alone(tmp_path: Path) -> None:
    assert faults_of(tmp_path, access(GOOD_KEY, GOOD_KEY)) == [
        'access key "dashboard": hash: is that of another key',
        'access key "dashboard": name: is taken by another key',
    ]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"issuer": None}, "issuer: is missing"),
        ({"issuer": " "}, "issuer: must not be blank"),
        ({"audience": ""}, "audience: must not be blank"),
        ({"scope_claim": ""}, "scope_claim: must not be blank"),
        (
            {"jwks_url": None},
            "jwks_url: exactly one of jwks_url and jwks_file must say where the keys are",
        ),
        (
            {"jwks_file": "keys.json"},
            "jwks_url: exactly one of jwks_url and jwks_file must say where the keys are",
        ),
        (
            {"jwks_url": "http://login.example.com/jwks.json"},
            "jwks_url: http:// is accepted for this machine alone; use https://",
        ),
        ({"jwks_url": "file:///etc/passwd"}, "jwks_url: must begin with https://"),
        (
            {"jwks_url": "https://user:secret@login.example.com/"},
            "jwks_url: must not hold a user name or a password",
        ),
        ({"algorithms": []}, "algorithms: must be some of"),
        ({"algorithms": ["none"]}, "algorithms: must be some of"),
        ({"algorithms": ["RS256", "HS256"]}, "algorithms: must be some of"),
        ({"leeway_seconds": -1}, "leeway_seconds: must be between 0 and 300"),
        ({"leeway_seconds": 3600}, "leeway_seconds: must be between 0 and 300"),
        ({"secret": KEY}, "secret: is not known"),
    ],
)
def test_a_fault_of_the_issuer(tmp_path: Path, changed: dict[str, Any], fault: str) -> None:
    (told,) = faults_of(tmp_path, access(jwt={**GOOD_JWT, **changed}))
    assert told.startswith(f"access.jwt: {fault}")


def test_the_keys_of_the_issuer_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    jwt = {**GOOD_JWT, "jwks_url": None, "jwks_file": str(file)}
    for content, fault in [
        (None, "cannot be read"),
        (b"{", "it is no JSON object"),
        (b'{"keys": []}', "it holds no key that can be used"),
    ]:
        if content is not None:
            file.write_bytes(content)
        assert faults_of(tmp_path, access(jwt=jwt)) == [f"access.jwt: jwks_file: {fault}"]
    file.write_bytes(published(KEYS["rsa"]))
    loaded = load(written(tmp_path, PIGGY, more=access(jwt=jwt)), ENVIRONMENT)
    assert loaded.access.jwks == published(KEYS["rsa"])


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ("[access]\nopen = true", "access: open: is not known"),
        ("[access]\nkeys = 5", "access.keys: must be tables, each begun by [[access.keys]]"),
        ("[access]\njwt = 5", "access.jwt: must be a table"),
        ("[[access]]\nname = 'x'", "access: must be a table"),
    ],
)
def test_what_is_no_table_of_access(tmp_path: Path, more: str, fault: str) -> None:
    assert faults_of(tmp_path, more) == [fault]


def created(*options: str) -> str:
    result = CliRunner().invoke(main, ["keys", "create", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_created_key_is_printed_once_and_its_lines_are_accepted(tmp_path: Path) -> None:
    said = created(
        *("--name", "dashboard", "--scopes", "referrals:read, people:read"),
        *("--programs", "coral,haven"),
    )
    (key,) = [line.strip() for line in said.splitlines() if line.strip().startswith("rgk_")]
    assert said.count(key) == 1
    text = said[said.index("[[access.keys]]") :]
    assert tomllib.loads(text)["access"]["keys"][0]["programs"] == ["coral", "haven"]
    loaded = load(written(tmp_path, PIGGY, PIXLPAY, more=text), ENVIRONMENT)
    ((digest, caller),) = loaded.access.callers
    assert digest == digest_of(key.encode())
    assert caller == Caller(
        "key:dashboard",
        frozenset({Scope.REFERRALS_READ, Scope.PEOPLE_READ}),
        frozenset({"coral", "haven"}),
    )


def test_each_key_is_another() -> None:
    options = ("--name", "a", "--scopes", "admin")
    assert created(*options) != created(*options)
    assert "programs" not in created(*options)


@pytest.mark.parametrize(
    ("name", "scopes", "programs", "problem"),
    [
        ("A", "admin", "a", "--name must be made of"),
        ("a", "root", "a", "--scopes must be some of"),
        ("a", "", "a", "--scopes must be some of"),
        ("a", "admin", "", "--programs must be keys of programs"),
        ("a", "admin", "a b", "--programs must be keys of programs"),
    ],
)
def test_what_would_not_be_accepted_is_not_created(
    name: str, scopes: str, programs: str, problem: str
) -> None:
    options = ["--name", name, "--scopes", scopes, "--programs", programs]
    result = CliRunner().invoke(main, ["keys", "create", *options])
    assert result.exit_code == 2
    assert problem in result.stderr
    assert "rgk_" not in result.output
