"""What is wrong with a configuration is told in one line: file, program, key, and why.

Whatever was written where, a token is never repeated.
"""

from pathlib import Path

import pytest

from adapters import providers
from gateway.config import ConfigError, load
from tests.gateway.configuring import ENVIRONMENT, PIGGY, PIXLPAY, TOKEN, without, written

# The token where a token, or the name of one, may be put by mistake.
MISPLACED: list[tuple[dict[str, object], str]] = [
    ({**PIGGY, "token": TOKEN}, "token: is not known"),
    (
        {**PIGGY, "token_env": TOKEN},
        "token_env: the environment variable holds no value fit to send",
    ),
    ({**without(PIGGY, "token_env"), "token_file": TOKEN}, "token_file: cannot be read"),
    (
        {**PIGGY, "base_url": f"https://{TOKEN}@api.piggy.eu"},
        "base_url: must not hold a user name or a password",
    ),
    (
        {**PIGGY, "base_url": f"https://api.piggy.eu?token={TOKEN}"},
        "base_url: must be an origin, without a path: the adapter adds it",
    ),
]

NO_ORIGIN = "base_url: must be an origin, without a path: the adapter adds it"
NO_HTTP = "base_url: http:// is accepted for this machine alone; use https://"
TOO_LONG = "must be 1000000000 or less"
ONE_TOKEN = "token_env: exactly one of token_env and token_file must name the token"
WRONG: list[tuple[dict[str, object], str]] = [
    (without(PIGGY, "provider"), "provider: is missing"),
    ({**PIGGY, "provider": "nobody"}, f"provider: must be one of {', '.join(providers())}"),
    ({**PIGGY, "provider": 1}, "provider: expected `str`, got `int`"),
    ({**PIGGY, "name": ["Coral"]}, "name: expected `str | null`, got `array`"),
    ({**PIGGY, "colour": "coral"}, "colour: is not known"),
    (without({**PIXLPAY, "key": "coral"}, "base_url"), "base_url: is missing"),
    ({**PIGGY, "base_url": "api.piggy.eu"}, "base_url: must begin with https://"),
    ({**PIGGY, "base_url": "ftp://api.piggy.eu"}, "base_url: must begin with https://"),
    ({**PIGGY, "base_url": "https://"}, "base_url: must begin with https://"),
    ({**PIGGY, "base_url": "https://[api.piggy.eu"}, "base_url: is not a URL"),
    ({**PIGGY, "base_url": "https://api.piggy.eu:99999"}, "base_url: is not a URL"),
    ({**PIGGY, "base_url": "https://api.pig\ngy.eu"}, "base_url: is not a URL"),
    ({**PIGGY, "base_url": "https://api. piggy.eu"}, "base_url: is not a URL"),
    ({**PIGGY, "base_url": "https://api.piggy.eu/api"}, NO_ORIGIN),
    ({**PIGGY, "base_url": "https://api.piggy.eu?"}, NO_ORIGIN),
    ({**PIGGY, "base_url": "https://api.piggy.eu#"}, NO_ORIGIN),
    ({**PIGGY, "base_url": "http://api.piggy.eu"}, NO_HTTP),
    ({**PIGGY, "base_url": "http://localhost.example.com"}, NO_HTTP),
    ({**PIGGY, "base_url": "http://127.0.0.1.example.com"}, NO_HTTP),
    ({**PIGGY, "base_url": "http://10.0.0.1"}, NO_HTTP),
    ({**PIGGY, "base_url": "http://0.0.0.0"}, NO_HTTP),
    (without(PIGGY, "token_env"), ONE_TOKEN),
    ({**PIGGY, "client_id_env": "PIGGY_TOKEN"}, ONE_TOKEN),
    ({**PIGGY, "client_id_env": "PIGGY_TOKEN", "client_secret_env": "PIGGY_TOKEN"}, ONE_TOKEN),
    (
        {**PIGGY, "token_env": "NO_SUCH_TOKEN"},
        "token_env: the environment variable NO_SUCH_TOKEN holds no value fit to send",
    ),
    (
        {**PIGGY, "token_env": "BLANK_TOKEN"},
        "token_env: the environment variable BLANK_TOKEN holds no value fit to send",
    ),
    (
        {**PIGGY, "token_env": "SPLIT_TOKEN"},
        "token_env: the environment variable SPLIT_TOKEN holds no value fit to send",
    ),
    (
        {**without(PIGGY, "token_env"), "client_id_env": "PIGGY_TOKEN"},
        "client_id_env: goes together with client_secret_env",
    ),
    (
        {**without(PIGGY, "token_env"), "client_secret_env": "PIGGY_TOKEN"},
        "client_id_env: goes together with client_secret_env",
    ),
    (
        {
            **without(PIXLPAY, "key", "token_env"),
            "key": "coral",
            "client_id_env": "PIGGY_TOKEN",
            "client_secret_env": "PIGGY_TOKEN",
        },
        "client_id_env: Pixlpay has no client credentials",
    ),
    ({**without(PIGGY, "token_env"), "token_file": "nowhere"}, "token_file: cannot be read"),
    ({**without(PIGGY, "token_env"), "token_file": "a\0b"}, "token_file: cannot be read"),
    ({**without(PIGGY, "token_env"), "token_file": "/dev/null"}, "token_file: holds no token"),
    ({**PIGGY, "calls_per_minute": -1}, "calls_per_minute: must be 0 or more"),
    ({**PIGGY, "calls_per_minute": 1.5}, "calls_per_minute: expected `int | null`, got `float`"),
    ({**PIGGY, "calls_per_minute": True}, "calls_per_minute: expected `int | null`, got `bool`"),
    ({**PIGGY, "currency": "usd"}, "currency: must be an ISO 4217 code such as USD"),
    ({**PIGGY, "currency": "DOLLAR"}, "currency: must be an ISO 4217 code such as USD"),
]

UNFIT = {"BLANK_TOKEN": "  ", "SPLIT_TOKEN": f"{TOKEN} {TOKEN}"}


def faults_of(file: Path) -> list[str]:
    """What is wrong with a file, each line without the file, which must stand first."""
    with pytest.raises(ConfigError) as caught:
        load(file, ENVIRONMENT | UNFIT)
    assert TOKEN not in str(caught.value)
    start = f"{file}: "
    assert all(fault.startswith(start) and "\n" not in fault for fault in caught.value.faults)
    return [fault.removeprefix(start) for fault in caught.value.faults]


@pytest.mark.parametrize(("program", "fault"), MISPLACED + WRONG)
def test_a_fault_of_a_program(tmp_path: Path, program: dict[str, object], fault: str) -> None:
    assert faults_of(written(tmp_path, program)) == [f'program "coral": {fault}']


@pytest.mark.parametrize("key", ["", "Coral", "coral avenue", "a" * 65, TOKEN])
def test_a_program_whose_key_is_none_goes_by_its_number(tmp_path: Path, key: str) -> None:
    file = written(tmp_path, PIXLPAY, {**PIGGY, "key": key})
    assert faults_of(file) == ["program 2: key: must be made of 1 to 64 of a-z, 0-9 and -"]


def test_a_program_without_a_key_goes_by_its_number(tmp_path: Path) -> None:
    assert faults_of(written(tmp_path, without(PIGGY, "key"))) == ["program 1: key: is missing"]
    assert faults_of(written(tmp_path, {**PIGGY, "key": 7})) == [
        "program 1: key: expected `str`, got `int`"
    ]


def test_a_key_is_given_to_one_program_alone(tmp_path: Path) -> None:
    file = written(tmp_path, PIGGY, PIXLPAY, {**PIXLPAY, "key": "coral"})
    assert faults_of(file) == ['program "coral": key: is taken by another program']


def test_a_token_comes_from_one_place_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(TOKEN)
    file = written(tmp_path, {**PIGGY, "token_file": str(secret)})
    assert faults_of(file) == [f'program "coral": {ONE_TOKEN}']


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        {**PIGGY, "z": 1, "a": 1, "m": 1},
        {**PIXLPAY, "currency": "usd", "calls_per_minute": -1},
        more="[cache]\nfresh_seconds = -1\n[surprise]",
    )
    assert faults_of(file) == [
        "surprise: is not known",
        'program "coral": z: is not known',
        'program "coral": a: is not known',
        'program "coral": m: is not known',
        'program "haven": calls_per_minute: must be 0 or more',
        'program "haven": currency: must be an ISO 4217 code such as USD',
        "cache: fresh_seconds: must be 0 or more",
    ]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ("cache = 5", "cache: must be a table"),
        ("[cache]\nminutes = 1", "cache: minutes: is not known"),
        ("[cache]\nstale_seconds = -0.1", "cache: stale_seconds: must be 0 or more"),
        ("[cache]\nresponse_seconds = nan", "cache: response_seconds: must be 0 or more"),
        (
            "[cache]\nfresh_seconds = 'long'",
            "cache: fresh_seconds: expected `float`, got `str`",
        ),
        ("[http]\nbatch = -1", "http: batch: must be 0 or more"),
        ("[http]\nbatch = 11", "http: batch: must be 10 or less"),
        ("[http]\norigins = 'x'", "http: origins: expected `array`, got `str`"),
        ("[persisted]\nmode = 'some'", "persisted: mode: invalid enum value 'some'"),
        ("[persisted]\nmode = 'also'", "persisted: documents: is missing"),
        (
            "[persisted]\nmode = 'only'\ndocuments = 'nowhere.json'",
            "persisted: documents: cannot be read",
        ),
        (
            "[persisted]\nmode = 'only'\ndocuments = \"no\\u0000where\"",
            "persisted: documents: cannot be read",
        ),
        ("[upstream]\nwire = 'string'", "upstream: wire: invalid enum value 'string'"),
        ("[upstream]\nin_flight = 0", "upstream: in_flight: must be more than 0"),
        ("[upstream]\nexchange_seconds = 0", "upstream: exchange_seconds: must be more than 0"),
        ("[cache]\nstale_seconds = inf", f"cache: stale_seconds: {TOO_LONG}"),
        ("[reports]\nfresh_seconds = 1e300", f"reports: fresh_seconds: {TOO_LONG}"),
        ('[cache]\n"a\\nb\\u001b[1m" = 1', "cache: a\\nb\\x1b[1m: is not known"),
    ],
)
def test_a_fault_outside_the_programs(tmp_path: Path, more: str, fault: str) -> None:
    file = tmp_path / "programs.toml"
    program = written(tmp_path, PIGGY).read_text()
    # What belongs to no table stands first.
    file.write_text(f"{program}\n{more}" if more.startswith("[") else f"{more}\n{program}")
    assert faults_of(file) == [fault]


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "null",
        "dashboard.example.com",
        "https://",
        "https://*.example.com",
        "https://dashboard.example.com/",
        "https://dashboard.example.com/path",
        "https://dashboard.example.com?",
        "https://dashboard.example.com:443",
        "http://localhost:80",
        "https://dashboard.example.com:x",
        "https://user@dashboard.example.com",
        "https://Dashboard.example.com",
        "https://däshboard.example.com",
        "ws://dashboard.example.com",
        " https://dashboard.example.com",
    ],
)
def test_an_origin_that_no_browser_would_send(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, PIGGY, more=f"[http]\norigins = ['{origin}']")
    fault = "http: origins: must be origins such as https://dashboard.example.com"
    assert faults_of(file) == [fault]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'"x"', b'{"a": 1}', b'{"a": null}', b'{"a": "\xff"}', b"{'a': 'b'}"]
)
def test_documents_that_are_no_ids_and_texts(tmp_path: Path, content: bytes) -> None:
    documents = tmp_path / "documents.json"
    documents.write_bytes(content)
    more = f"[persisted]\nmode = 'only'\ndocuments = '{documents}'"
    fault = "persisted: documents: must be a JSON object of ids and texts"
    assert faults_of(written(tmp_path, PIGGY, more=more)) == [fault]


@pytest.mark.parametrize("text", ["", "programs = []"])
def test_a_file_without_programs(tmp_path: Path, text: str) -> None:
    file = tmp_path / "programs.toml"
    file.write_text(text)
    assert faults_of(file) == ["programs: there is none"]


@pytest.mark.parametrize("text", ["programs = 1", "programs = ['coral']", "[programs]\nkey = 'x'"])
def test_programs_that_are_no_tables(tmp_path: Path, text: str) -> None:
    file = tmp_path / "programs.toml"
    file.write_text(text)
    assert faults_of(file) == ["programs: must be tables, each begun by [[programs]]"]


@pytest.mark.parametrize(
    "content",
    [
        f"token = {TOKEN}".encode(),
        b"[[programs]",
        b'[[programs]]\nkey = "a"\nkey = "b"',
        b'name = "\xff"',
        b"number = " + b"9" * 5000,
        b"tables = " + b"[" * 5000 + b"]" * 5000,
    ],
    ids=["no quotes", "half of it", "a key twice", "not UTF-8", "a number too long", "too deep"],
)
def test_a_file_that_is_not_toml(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "programs.toml"
    file.write_bytes(content)
    (fault,) = faults_of(file)
    assert fault.startswith("is not TOML: ")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "nowhere.toml") == ["cannot be read: No such file or directory"]
    assert faults_of(tmp_path) == ["cannot be read: Is a directory"]
