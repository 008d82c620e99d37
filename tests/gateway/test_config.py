"""Configurations that are right, and what becomes of them."""

from contextlib import chdir
from pathlib import Path

import pytest

from adapters import providers
from adapters.provider import ProgramConfig
from gateway.config import (
    FILE_NAME,
    FILE_VARIABLE,
    CacheConfig,
    Config,
    ConfigError,
    HttpConfig,
    PersistedConfig,
    load,
)
from tests.gateway.configuring import ENVIRONMENT, PIGGY, PIXLPAY, TOKEN, without, written


def test_a_program_of_each_provider_with_its_defaults(tmp_path: Path) -> None:
    config = load(written(tmp_path, PIGGY, PIXLPAY), ENVIRONMENT)
    assert config.programs == (
        ProgramConfig(
            key="coral",
            name="coral",
            provider="piggy",
            base_url="https://api.piggy.eu",
            token=TOKEN,
            calls_per_minute=300,
        ),
        ProgramConfig(
            key="haven",
            name="haven",
            provider="pixlpay",
            base_url="https://haven.example.com",
            token=TOKEN,
            calls_per_minute=60,
        ),
    )
    assert config.cache == CacheConfig(fresh_seconds=30, stale_seconds=86400, response_seconds=5)


def test_everything_that_can_be_said_of_a_program_and_of_the_cache(tmp_path: Path) -> None:
    said = {
        **PIXLPAY,
        "name": "Haven of Blocks",
        "base_url": "http://127.0.0.1:8802/",
        "calls_per_minute": 0,
        "currency": "EUR",
    }
    cache = "[cache]\nfresh_seconds = 0\nstale_seconds = 1.5\nresponse_seconds = 0"
    config = load(written(tmp_path, said, more=cache), ENVIRONMENT)
    assert config.programs == (
        ProgramConfig(
            key="haven",
            name="Haven of Blocks",
            provider="pixlpay",
            base_url="http://127.0.0.1:8802",
            token=TOKEN,
            calls_per_minute=0,
            currency="EUR",
        ),
    )
    assert config.cache == CacheConfig(fresh_seconds=0, stale_seconds=1.5, response_seconds=0)


def test_every_program_goes_over_the_wire_that_is_named(tmp_path: Path) -> None:
    more = '[upstream]\nwire = "httpx"'
    config = load(written(tmp_path, PIGGY, PIXLPAY, more=more), ENVIRONMENT)
    assert [program.limits.wire for program in config.connectable()] == ["httpx", "httpx"]
    config = load(written(tmp_path, PIGGY), ENVIRONMENT)
    assert [program.limits.wire for program in config.connectable()] == ["lean"]


def test_several_programs_of_one_provider_stay_in_their_order(tmp_path: Path) -> None:
    keys = ["z-1", "a", "0-9"]
    config = load(written(tmp_path, *({**PIGGY, "key": key} for key in keys)), ENVIRONMENT)
    assert [program.key for program in config.programs] == keys


def test_a_token_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{TOKEN}\n")
    program = {**without(PIGGY, "token_env"), "token_file": str(secret)}
    (config,) = load(written(tmp_path, program), {}).programs
    assert config.token == TOKEN


def test_piggy_takes_client_credentials(tmp_path: Path) -> None:
    program = {
        **without(PIGGY, "token_env"),
        "client_id_env": "PIGGY_ID",
        "client_secret_env": "PIGGY_SECRET",
    }
    environment = {"PIGGY_ID": "17", "PIGGY_SECRET": f" {TOKEN}\n"}
    (config,) = load(written(tmp_path, program), environment).programs
    assert (config.token, config.client_id, config.client_secret) == ("", "17", TOKEN)


@pytest.mark.parametrize(
    "origin",
    [
        "https://api.leat.com",
        "https://api.leat.com:8443",
        "https://bücher.example.com",
        "HTTPS://API.LEAT.COM",
        "http://localhost:8801",
        "http://127.0.0.1:8801",
        "http://127.8.8.8",
        "http://[::1]:8801",
    ],
)
def test_an_origin_is_accepted_and_plain_http_for_this_machine(tmp_path: Path, origin: str) -> None:
    for base_url in (origin, f"{origin}/"):
        file = written(tmp_path, {**PIGGY, "base_url": base_url})
        assert load(file, ENVIRONMENT).programs[0].base_url == origin


def test_secrets_stay_out_of_the_representation(tmp_path: Path) -> None:
    credentials = {"client_id_env": "PIGGY_TOKEN", "client_secret_env": "PIGGY_TOKEN"}
    programs = (PIGGY, {**without(PIGGY, "key", "token_env"), "key": "other", **credentials})
    assert TOKEN not in repr(load(written(tmp_path, *programs), ENVIRONMENT))


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, PIGGY)
    config = load(environment={FILE_VARIABLE: str(file), **ENVIRONMENT})
    assert [program.key for program in config.programs] == ["coral"]


def test_the_file_in_the_working_directory_comes_before_the_environment(tmp_path: Path) -> None:
    written(tmp_path, PIGGY).rename(tmp_path / FILE_NAME)
    with chdir(tmp_path):
        config = load(environment=ENVIRONMENT)
    assert [program.key for program in config.programs] == ["coral"]


def test_the_environment_alone_makes_a_program_a_provider(tmp_path: Path) -> None:
    base_urls = {
        "PIGGY_BASE_URL": "http://127.0.0.1:8801",
        "PIXLPAY_BASE_URL": "https://haven.example.com",
    }
    with chdir(tmp_path):
        config = load(environment=ENVIRONMENT | base_urls)
    assert [(p.key, p.provider, p.name, p.base_url, p.token) for p in config.programs] == [
        ("piggy", "piggy", "Piggy", "http://127.0.0.1:8801", TOKEN),
        ("pixlpay", "pixlpay", "Pixlpay", "https://haven.example.com", TOKEN),
    ]


def test_one_token_in_the_environment_makes_one_program(tmp_path: Path) -> None:
    with chdir(tmp_path):
        (program,) = load(environment={"PIGGY_TOKEN": TOKEN, "PIXLPAY_TOKEN": ""}).programs
    assert (program.key, program.base_url) == ("piggy", "https://api.piggy.eu")


@pytest.mark.parametrize(
    ("environment", "faults"),
    [
        ({}, ["referral-gateway.toml: is not here, and the environment has no "
              + " or ".join(f"{key.upper()}_TOKEN" for key in providers())]),
        ({"PIXLPAY_TOKEN": TOKEN}, ["environment: PIXLPAY_BASE_URL: is missing"]),
        ({"PIGGY_TOKEN": TOKEN, "PIGGY_BASE_URL": "http://example.com"},
         ["environment: PIGGY_BASE_URL: http:// is accepted for this machine alone; use https://"]),
        ({"PIGGY_TOKEN": f"{TOKEN}\nX-Evil: 1"},
         ["environment: PIGGY_TOKEN: the environment variable PIGGY_TOKEN holds no value fit to"
          " send"]),
    ],
    ids=["nothing", "no address", "plain http", "two lines"],
)  # fmt: skip
def test_faults_of_the_environment_name_the_variable(
    tmp_path: Path, environment: dict[str, str], faults: list[str]
) -> None:
    with chdir(tmp_path), pytest.raises(ConfigError) as caught:
        load(environment=environment)
    assert caught.value.faults == faults
    assert TOKEN not in str(caught.value)


def test_processes_divide_the_allowance_where_nothing_is_shared() -> None:
    program = ProgramConfig(key="p", name="P", provider="piggy", base_url="https://x.example")
    (connectable,) = Config((program,), processes=4).connectable()
    assert connectable.limits.processes == 4


def test_origins_and_documents(tmp_path: Path) -> None:
    documents = tmp_path / "documents.json"
    documents.write_text('{"a": "{ __typename }"}')
    origins = ["https://dashboard.example.com", "http://localhost:3000", "http://[::1]:3000"]
    more = (
        f"[http]\norigins = {origins}\nbatch = 10\n"
        f"[persisted]\nmode = 'only'\nautomatic = false\ndocuments = '{documents}'"
    )
    config = load(written(tmp_path, PIGGY, more=more), ENVIRONMENT)
    assert config.http == HttpConfig(origins=tuple(origins), batch=10)
    assert config.persisted == PersistedConfig(False, "only", {"a": "{ __typename }"})


def test_documents_that_are_off_are_not_even_read(tmp_path: Path) -> None:
    more = "[persisted]\ndocuments = 'nowhere.json'"
    config = load(written(tmp_path, PIGGY, more=more), ENVIRONMENT)
    assert config.persisted == PersistedConfig()
