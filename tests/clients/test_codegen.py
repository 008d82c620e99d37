"""graphql-codegen's client preset: what it generates is strictly typed, and runs."""

from pathlib import Path

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.clients.node import FOLDER, needs_node, project, told
from tests.clients.touring import assert_toured
from tests.running import Gateway

pytestmark = needs_node


def test_client_preset_is_strictly_typed_and_runs(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox, tmp_path: Path
) -> None:
    run = project(FOLDER / "codegen", tmp_path, gateway, "package.json", "operations.graphql")
    run("graphql-codegen")
    run("tsc")
    assert_toured(told("built/main.js", gateway, cwd=tmp_path), gateway, piggy, pixlpay)
