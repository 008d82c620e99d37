"""README.md shows what really comes out."""

import json
import re
from pathlib import Path
from typing import Any

from adapters import providers
from gateway.cli import demo, main
from tests.running import running_gateway

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SHOWN = ["piggy", "pixlpay"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def block(language: str) -> str:
    """The only block of code in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_example_query_gets_the_answer_that_is_shown() -> None:
    referrals = {key: option_default(f"--{key}-referrals") for key in providers()}
    with (
        demo.sandboxes(port=0, referrals=referrals, latency_seconds=0) as running,
        running_gateway(*(p for p, _ in running if p.provider in SHOWN)) as gateway,
    ):
        answer = gateway.ask(block("graphql")).http.text
    shown = block("json")
    assert INSTANT.search(shown)
    assert json.loads(INSTANT.sub("", answer)) == json.loads(INSTANT.sub("", shown))


def option_default(name: str) -> Any:
    """The default of an option of `demo`."""
    options = [parameter for parameter in main.commands["demo"].params if name in parameter.opts]
    return options[0].default
