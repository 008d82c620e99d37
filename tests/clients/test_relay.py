"""Relay's compiler reads the schema, and what it makes of operations runs."""

from pathlib import Path

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.clients.node import FOLDER, needs_node, project, told
from tests.clients.touring import assert_toured
from tests.running import Gateway

pytestmark = needs_node


def test_relay_compiles_and_walks_connections_also_of_an_object(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox, tmp_path: Path
) -> None:
    run = project(FOLDER / "relay", tmp_path, gateway)
    run("relay-compiler")
    result = told("main.mjs", gateway, cwd=tmp_path)
    assert_toured(result, gateway, piggy, pixlpay)
    assert result["ofProgram"] == [["block-haven", key] for key in pixlpay.referral_keys()]
