"""The compose file: as its specification wants it, locked down, and of one piece with its files."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from gateway import config
from gateway.cli import main
from gateway.cli.serving import SHUTDOWN_SECONDS

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = DEPLOY / "compose.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(project()["services"])


def project() -> Any:
    return YAML(typ="safe").load(COMPOSE)


def test_it_is_what_the_specification_of_compose_takes() -> None:
    check = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run([sys.executable, *check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_service_may_do_more_than_it_has_to(services: dict[str, Any]) -> None:
    for service in services.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_one_port_leads_to_two_gateways_that_share_a_cache(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert services["gateway"]["deploy"]["replicas"] == 2
    (bound,) = services["proxy"]["ports"]
    inner = bound.rpartition(":")[2]
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert f"listen {inner};" in nginx
    assert "server gateway:8000 resolve" in nginx


def test_the_proxy_alone_is_believed_who_asks(services: dict[str, Any]) -> None:
    (shared,) = set(services["proxy"]["networks"]) & set(services["gateway"]["networks"])
    (range_,) = project()["networks"][shared]["ipam"]["config"]
    trusted = services["gateway"]["environment"]["FORWARDED_ALLOW_IPS"]
    assert trusted == range_["subnet"]


def test_a_gateway_has_the_time_that_it_takes_to_drain(services: dict[str, Any]) -> None:
    patience = int(services["gateway"]["stop_grace_period"].removesuffix("s"))
    assert patience >= SHUTDOWN_SECONDS + 5


def test_what_is_mounted_is_there(services: dict[str, Any]) -> None:
    mounted = [volume for s in services.values() for volume in s.get("volumes", ())]
    assert len(mounted) == 2
    for volume in mounted:
        source, _, mode = volume.split(":")
        assert mode == "ro"
        assert (DEPLOY / source).exists()


def test_its_configuration_holds_once_there_are_tokens_and_a_key(tmp_path: Path) -> None:
    text = (DEPLOY / "config/referral-gateway.toml").read_text(encoding="utf-8")
    secrets = project()["secrets"]
    assert set(re.findall(r'"/run/secrets/(\w+)"', text)) == set(secrets)
    for name in secrets:
        (tmp_path / name).write_text("token\n")
    (asked,) = re.findall(r"gateway (keys create .+)$", text, re.MULTILINE)
    made = CliRunner().invoke(main, asked.split()).output
    file = tmp_path / "referral-gateway.toml"
    file.write_text(text.replace("/run/secrets", str(tmp_path)) + made[made.index("[[") :])
    loaded = config.load(file, {})
    assert [program.token for program in loaded.programs] == ["token"] * 2
    assert not loaded.access.is_open
    assert loaded.redis_url == "redis://valkey:6379"
