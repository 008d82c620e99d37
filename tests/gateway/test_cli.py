"""The commands that end by themselves; those that serve are in `test_commands_that_serve.py`."""

import subprocess
import sys
from contextlib import chdir
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.config import FILE_VARIABLE
from gateway.schema import schema
from tests.gateway.configuring import ENVIRONMENT, PIGGY, PIXLPAY, TOKEN, written

ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path, environment: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), env=environment or {})


@pytest.mark.parametrize(
    "command",
    [[Path(sys.executable).with_name("referral-gateway")], [sys.executable, "-m", "gateway"]],
    ids=["installed", "as a module"],
)
def test_both_ways_to_call_it(command: list[str | Path]) -> None:
    said = subprocess.run(
        [*command, "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert version("referral-gateway") in said.stdout


@pytest.mark.parametrize(
    "command",
    [["serve"], ["serve", "--workers", "2"], ["doctor"], ["config", "check"]],
    ids=" ".join,
)
def test_a_wrong_configuration_ends_it_with_2_and_a_line_a_fault(
    tmp_path: Path, command: list[str]
) -> None:
    file = written(tmp_path, {**PIGGY, "token": TOKEN, "base_url": "nowhere"}, {"key": "other"})
    result = run(*command, "--config", file, environment=ENVIRONMENT)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f'{file}: program "coral": token: is not known',
        f'{file}: program "other": provider: is missing',
    ]


def test_config_check_tells_the_programs_of_a_right_one(tmp_path: Path) -> None:
    file = written(tmp_path, PIGGY, PIXLPAY)
    expected = "coral: piggy at https://api.piggy.eu\nhaven: pixlpay at https://haven.example.com\n"
    by_option = run("config", "check", "--config", file, environment=ENVIRONMENT)
    by_variable = run("config", "check", environment={**ENVIRONMENT, FILE_VARIABLE: str(file)})
    for result in (by_option, by_variable):
        assert (result.exit_code, result.output) == (0, expected)


def test_the_schema_in_the_repository_is_that_of_the_code() -> None:
    result = run("schema", "check", ROOT / "schema.graphql")
    assert (result.exit_code, result.output) == (0, "")


def test_an_exported_schema_passes_the_check_until_it_is_touched(tmp_path: Path) -> None:
    with chdir(tmp_path):
        assert run("schema", "check").exit_code == 1
        assert run("schema", "export").exit_code == 0
        assert Path("schema.graphql").read_text(encoding="utf-8") == schema.as_str() + "\n"
        assert run("schema", "check").exit_code == 0
        with Path("schema.graphql").open("a") as file:
            file.write("\n")
        result = run("schema", "check")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "schema.graphql differs from the code: run `referral-gateway schema export`."
    ]
