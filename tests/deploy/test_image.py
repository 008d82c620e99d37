"""The image: its file is sound, and what it starts runs as it is started there.

No engine builds it here. Its start command and health check are run as they stand in the file.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.gateway.configuring import PIGGY, written
from tests.gateway.processes import serving

ROOT = Path(__file__).parents[2]
CONTAINERFILE = ROOT / "deploy/Containerfile"
HEALTHCHECK = ROOT / "deploy/healthcheck.py"
READ_ONLY = Path(__file__).with_name("read_only")
BIN = Path(sys.executable).parent


def instructions() -> dict[str, list[str]]:
    """The instructions of the last stage, each with what is said by it."""
    text = CONTAINERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    *_, stage = re.split(r"^(?=FROM )", text, flags=re.MULTILINE)
    found: dict[str, list[str]] = {}
    for name, said in re.findall(r"^([A-Z]+) +(.+)$", stage, re.MULTILINE):
        found.setdefault(name, []).append(said)
    return found


def command(name: str) -> list[str]:
    (said,) = instructions()[name]
    words = json.loads(said[said.index("[") :])
    assert isinstance(words, list)
    return words


def variables() -> dict[str, str]:
    (said,) = instructions()["ENV"]
    return dict(re.findall(r'(\w+)="?([^\s"]+)', said))


def add_key(configuration: Path) -> None:
    """Without one, a gateway listens to its own machine alone."""
    asked = ["keys", "create", "--name", "test", "--scopes", "referrals:read"]
    made = CliRunner().invoke(main, asked)
    with configuration.open("a") as file:
        file.write(made.output[made.output.index("[[") :])


@pytest.mark.skipif(sys.platform == "win32", reason="hadolint is not installed")
def test_the_file_is_as_files_of_images_should_be() -> None:
    done = subprocess.run(
        [BIN / "hadolint", CONTAINERFILE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_it_runs_as_nobody_in_particular() -> None:
    (user,) = instructions()["USER"]
    assert all(int(number) > 0 for number in user.split(":"))


def test_everything_that_is_installed_is_pinned_or_of_this_repository() -> None:
    text = CONTAINERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    installs = re.findall(r"pip (?:--python \S+ )?install (.+?)(?: && |$)", text, re.MULTILINE)
    assert len(installs) == 3
    for options in installs:
        assert "--no-deps" in options
        assert "--require-hashes" in options or "--no-index" in options


def test_what_is_copied_is_there_and_not_ignored() -> None:
    text = CONTAINERFILE.read_text(encoding="utf-8")
    wanted = re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    taken = [line[1:] for line in ignored if line.startswith("!")]
    assert ignored[0] == "*"
    assert all((ROOT / name).exists() for name in (*wanted, *taken))
    assert [
        w for w in wanted if w != "." and not any(f"{w}/".startswith(f"{t}/") for t in taken)
    ] == []


def test_it_starts_on_a_read_only_file_system_is_healthy_and_goes(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    configuration = written(tmp_path, PIGGY)
    add_key(configuration)
    (binary, *fixed), options = command("ENTRYPOINT"), command("CMD")
    assert variables()["PATH"].split(":")[0].endswith("/bin")
    environment = {
        **os.environ,
        "REFERRAL_GATEWAY_CONFIG": str(configuration),
        "PIGGY_TOKEN": "token",
        "PYTHONPATH": str(READ_ONLY),
    }
    # Another port than the image's, which may be taken here.
    process = subprocess.Popen(
        [BIN / binary, *fixed, *options, "--port", port],
        cwd="/",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        serving(process)
        # In the container the gateway is the first process.
        *_, file, first = command("HEALTHCHECK")
        assert (file, first) == ("/app/healthcheck.py", "1")
        healthy = [sys.executable, "-I", str(HEALTHCHECK), str(process.pid)]
        assert subprocess.run(healthy, check=False).returncode == 0
        # Or an init is, which was given the gateway's command.
        init = [sys.executable, "-c", "input()", "--", binary, *fixed, *options, f"--port={port}"]
        with subprocess.Popen(init, stdin=subprocess.PIPE) as waiting:
            asked = [*healthy[:-1], str(waiting.pid)]
            assert subprocess.run(asked, check=False).returncode == 0
            waiting.communicate(b"\n")
        process.send_signal(signal.SIGSTOP)
        sick = subprocess.run(healthy, stderr=subprocess.DEVNULL, check=False)
        assert sick.returncode != 0
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGTERM)
        assert "Traceback" not in errors
    finally:
        process.kill()
        process.wait()


def test_the_health_check_asks_the_port_that_is_the_image_s_own_where_none_is_given() -> None:
    (default,) = instructions()["EXPOSE"]
    assert f"DEFAULT_PORT = {default}" in HEALTHCHECK.read_text()
    (option,) = [option for option in main.commands["serve"].params if option.name == "port"]
    assert str(option.default) == default


def test_the_file_system_is_read_only_indeed(tmp_path: Path) -> None:
    for attempt in (f"open({str(tmp_path / 'a')!r}, 'w')", f"os.mkdir({str(tmp_path / 'b')!r})"):
        tried = subprocess.run(
            [sys.executable, "-c", f"import os; {attempt}"],
            env={**os.environ, "PYTHONPATH": str(READ_ONLY)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Read-only file system" in tried.stderr
    assert list(tmp_path.iterdir()) == []
    assert shutil.which("referral-gateway", path=BIN)
