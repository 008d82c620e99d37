"""`[cache] redis_url`: which servers are taken, and that no password is ever repeated."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config import Config, ConfigError, load
from tests.gateway.configuring import ENVIRONMENT, PIGGY, written

PASSWORD = "5up3r-s3cr3t"


def loaded(folder: Path, *lines: str, url: str = "") -> Config:
    file = written(folder, PIGGY, more="\n".join(["[cache]", *lines]))
    return load(file, ENVIRONMENT | {"SHARED_CACHE_URL": url})


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache",
        "redis://127.0.0.1:6380/2",
        "rediss://cache.example.com:6379",
        "unix:///run/redis.sock",
        "unix:///run/redis.sock?db=1",
    ],
)
def test_a_server_is_named_in_the_file(tmp_path: Path, url: str) -> None:
    assert loaded(tmp_path, f'redis_url = "{url}"').redis_url == url


def test_or_in_the_environment_where_it_may_hold_a_password(tmp_path: Path) -> None:
    url = f"rediss://gateway:{PASSWORD}@cache.example.com"
    config = loaded(tmp_path, 'redis_url_env = "SHARED_CACHE_URL"', url=f"{url}\n")
    assert config.redis_url == url
    assert PASSWORD not in repr(config)


def test_without_it_nothing_is_shared(tmp_path: Path) -> None:
    assert loaded(tmp_path).redis_url is None


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        (
            f"redis://:{PASSWORD}@cache",
            "must hold no password: name the environment variable that does, redis_url_env",
        ),
        (f"http://cache/{PASSWORD}", "must begin with redis://, rediss:// or unix://"),
        ("", "must begin with redis://, rediss:// or unix://"),
        ("redis://", "must be redis://host:port, or with a database /1"),
        (f"redis://cache/{PASSWORD}", "must be redis://host:port, or with a database /1"),
        (
            "rediss://cache?ssl_cert_reqs=none",
            "must be rediss://host:port, or with a database /1",
        ),
        ("unix://", "must be unix:///path, or unix:///path?db=1"),
        (f"unix:///a?password={PASSWORD}", "must be unix:///path, or unix:///path?db=1"),
        ("redis://cache:port", "is not a URL"),
        ("redis://[cache", "is not a URL"),
        ("redis://ca che", "is not a URL"),
    ],
)
def test_a_server_that_is_none(tmp_path: Path, url: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, f'redis_url = "{url}"')
    assert caught.value.faults == [f"{tmp_path / 'programs.toml'}: cache: redis_url: {fault}"]
    assert PASSWORD not in str(caught.value)


def test_a_variable_without_a_server(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, 'redis_url_env = "SHARED_CACHE_URL"')
    (fault,) = caught.value.faults
    assert fault.endswith("cache: redis_url_env: must begin with redis://, rediss:// or unix://")


def test_a_server_comes_from_one_place_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(
            tmp_path,
            'redis_url = "redis://cache"',
            'redis_url_env = "SHARED_CACHE_URL"',
            url="redis://cache",
        )
    (fault,) = caught.value.faults
    assert fault.endswith("cache: redis_url_env: goes not together with redis_url")


def test_the_client_is_not_even_imported_where_nothing_is_shared() -> None:
    script = "import gateway.app, gateway.cli, sys; print('redis' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout == "False\n"
