"""The unit: systemd understands it, and has little to say against it."""

import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import click
import pytest

from gateway.cli import main
from gateway.cli.serving import SHUTDOWN_SECONDS

UNIT = Path(__file__).parents[2] / "deploy/referral-gateway.service"

ANALYZE = shutil.which("systemd-analyze")


def service() -> dict[str, str]:
    parser = RawConfigParser(strict=False)  # some keys come more than once
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return dict(parser["Service"])


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_understands_it_and_finds_it_little_exposed(tmp_path: Path) -> None:
    # Nothing is installed where it looks for the gateway.
    unit = tmp_path / UNIT.name
    binary = service()["ExecStart"].split()[0]
    unit.write_text(UNIT.read_text(encoding="utf-8").replace(binary, sys.executable))
    for question in (["verify", "--man=no"], ["security", "--offline=true", "--threshold=15"]):
        done = subprocess.run(
            [str(ANALYZE), "--no-pager", *question, unit],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_it_starts_a_command_that_there_is() -> None:
    _, *arguments = service()["ExecStart"].split()
    command = main.commands[arguments[0]]
    known = {option for parameter in command.params for option in parameter.opts}
    assert isinstance(command, click.Command)
    assert {word for word in arguments if word.startswith("--")} <= known


def test_it_leaves_the_time_that_draining_takes() -> None:
    assert int(service()["TimeoutStopSec"]) >= SHUTDOWN_SECONDS + 5
    assert service()["KillSignal"] == "SIGTERM"
