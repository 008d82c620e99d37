"""`doctor`: one call a program, a table of what came of it, and 1 when one is not well."""

import re
from pathlib import Path

from click.testing import CliRunner

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served, serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from gateway.cli import main
from tests.gateway.configuring import PIGGY, PIXLPAY, without, written

HEADINGS = ["program", "reachable", "token accepted", "allowance", "latency", "remark"]


def examine(file: Path, environment: dict[str, str]) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code, and the row of each program."""
    result = CliRunner().invoke(main, ["doctor", "--config", str(file)], env=environment)
    assert result.stderr == ""
    for secret in environment.values():
        assert secret not in result.output
    headings, *rows = (re.split(r"  +", line) for line in result.stdout.splitlines())
    assert headings == HEADINGS
    # A remark that is empty leaves no cell.
    found = [dict(zip(HEADINGS, [*row, ""], strict=False)) for row in rows]
    return result.exit_code, {row["program"]: row for row in found}


def at(served: Served, program: dict[str, object]) -> dict[str, object]:
    return {**program, "base_url": served.origin}


def test_all_is_well_after_one_call_a_program(
    tmp_path: Path, served_piggy: Served, piggy: PiggySandbox
) -> None:
    pixlpay = PixlpaySandbox(calls_per_minute=60)
    with serve_in_thread(pixlpay) as served:
        file = written(
            tmp_path,
            {**at(served_piggy, PIGGY), "calls_per_minute": 0},
            {**at(served, PIXLPAY), "calls_per_minute": 1000},
        )
        environment = {"PIGGY_TOKEN": piggy.token, "PIXLPAY_TOKEN": pixlpay.token}
        code, rows = examine(file, environment)
    assert code == 0
    assert list(rows) == ["coral", "haven"]
    for row in rows.values():
        assert re.fullmatch(r"\d+ ms", row.pop("latency"))
    assert rows["coral"] == {
        "program": "coral",
        "reachable": "yes",
        "token accepted": "yes",
        "allowance": "no limit",
        "remark": "",
    }
    # The provider's own word on its limit counts, where it is the smaller.
    assert rows["haven"]["allowance"] == "59 of 60 a minute"
    assert (piggy.count(), pixlpay.count()) == (1, 1)


def test_a_refused_token(tmp_path: Path, served_piggy: Served, served_pixlpay: Served) -> None:
    file = written(tmp_path, at(served_piggy, PIGGY), at(served_pixlpay, PIXLPAY))
    code, rows = examine(file, {"PIGGY_TOKEN": "wrong-one", "PIXLPAY_TOKEN": "wrong-too"})
    assert code == 1
    for row in rows.values():
        assert (row["reachable"], row["token accepted"]) == ("yes", "refused")
        assert "does not accept" in row["remark"]


def test_a_missing_scope_is_named_and_one_sick_program_is_enough(
    tmp_path: Path, served_piggy: Served, piggy: PiggySandbox
) -> None:
    pixlpay = PixlpaySandbox(scopes=["customers:read"])
    with serve_in_thread(pixlpay) as served:
        file = written(tmp_path, at(served_piggy, PIGGY), at(served, PIXLPAY))
        code, rows = examine(file, {"PIGGY_TOKEN": piggy.token, "PIXLPAY_TOKEN": pixlpay.token})
    assert code == 1
    assert rows["coral"]["token accepted"] == "yes"
    assert rows["haven"]["token accepted"] == "lacks a scope"
    assert "referrals:read" in rows["haven"]["remark"]


def test_a_provider_that_is_not_there(
    tmp_path: Path, served_pixlpay: Served, pixlpay: PixlpaySandbox
) -> None:
    served_pixlpay.stop()
    file = written(tmp_path, at(served_pixlpay, PIXLPAY))
    code, rows = examine(file, {"PIXLPAY_TOKEN": pixlpay.token})
    row = rows["haven"]
    assert code == 1
    assert (row["reachable"], row["token accepted"], row["latency"]) == ("no", "?", "-")
    assert row["remark"]


def test_something_else_at_the_address(
    tmp_path: Path, served_pixlpay: Served, pixlpay: PixlpaySandbox
) -> None:
    pixlpay.faults.add(Fault("html", status=200, body="<h1>Welcome</h1>"))
    file = written(tmp_path, at(served_pixlpay, PIXLPAY))
    code, rows = examine(file, {"PIXLPAY_TOKEN": pixlpay.token})
    assert code == 1
    assert rows["haven"]["reachable"] == "yes"
    assert "could not be understood" in rows["haven"]["remark"]


def test_client_credentials(tmp_path: Path, served_piggy: Served, piggy: PiggySandbox) -> None:
    program = {
        **without(at(served_piggy, PIGGY), "token_env"),
        "client_id_env": "PIGGY_ID",
        "client_secret_env": "PIGGY_SECRET",
    }
    file = written(tmp_path, program)
    good = {"PIGGY_ID": "sandbox-client", "PIGGY_SECRET": "sandbox-secret"}
    code, rows = examine(file, good)
    assert (code, rows["coral"]["token accepted"]) == (0, "yes")
    code, rows = examine(file, {**good, "PIGGY_SECRET": "another-secret"})
    assert (code, rows["coral"]["token accepted"]) == (1, "refused")
