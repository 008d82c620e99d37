"""The answers of the cookbook: each query, put to a gateway over the sandboxes.

A comment above a query, `<!-- PROGRAM: FAULT -->`, makes the sandbox of that program fail with the
fault while the query runs.
"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import Gateway, program, running_gateway

Sandboxes = dict[str, PiggySandbox | PixlpaySandbox]

# As many as `make run` has.
REFERRALS = 200
WIDTH = 100

_RECIPE = re.compile(
    r"(?P<asked>(?:<!-- (?P<program>\S+): (?P<fault>.*) -->\n)?"
    r"```graphql\n(?P<query>.*?)```\n)(?:\n```json\n.*?```\n)?",
    re.DOTALL,
)


def answered(page: str) -> str:
    """The text of the page with the answer to each query below it."""
    with _kitchen() as (gateway, sandboxes):

        def recipe(match: re.Match[str]) -> str:
            if match["program"]:
                fault = msgspec.json.decode(match["fault"], type=Fault)
                sandboxes[match["program"]].faults.add(fault)
            content = gateway.ask(match["query"]).http.json()
            for sandbox in sandboxes.values():
                sandbox.faults.clear()
            return f"{match['asked']}\n```json\n{folded(content)}\n```\n"

        return _RECIPE.sub(recipe, page)


@contextmanager
def _kitchen() -> Iterator[tuple[Gateway, Sandboxes]]:
    """A gateway that keeps nothing between queries, over a sandbox of each provider."""
    sandboxes: Sandboxes = {
        "coral-avenue": PiggySandbox(referrals=REFERRALS, calls_per_minute=None),
        "block-haven": PixlpaySandbox(referrals=REFERRALS, calls_per_minute=None),
    }
    with ExitStack() as stack:
        programs = []
        for (key, sandbox), provider in zip(sandboxes.items(), ("piggy", "pixlpay"), strict=True):
            origin = stack.enter_context(serve_in_thread(sandbox)).origin
            programs.append(program(key, provider, origin, sandbox.token))
        yield stack.enter_context(running_gateway(*programs)), sandboxes


def folded(value: Any, margin: int = 0, before: int = 0) -> str:
    """JSON with everything on one line that has room there, `before` characters being taken."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or before + len(line) <= WIDTH:
        return line
    inner = margin + 2
    if isinstance(value, dict):
        names = [f"{json.dumps(name)}: " for name in value]
        parts = [
            name + folded(one, inner, inner + len(name))
            for name, one in zip(names, value.values(), strict=True)
        ]
        first, last = "{}"
    else:
        parts = [folded(one, inner, inner) for one in value]
        first, last = "[]"
    body = ",\n".join(" " * inner + part for part in parts)
    return f"{first}\n{body}\n{' ' * margin}{last}"
