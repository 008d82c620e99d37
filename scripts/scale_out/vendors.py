"""A sandbox a vendor, which count what they are called, and the configuration over both."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters import providers
from adapters._sandbox.app import Sandbox
from adapters._sandbox.serving import serve_in_thread
from adapters._sandbox.throttling import WINDOW_SECONDS, Allowance, Throttle
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox

PIGGY, PIXLPAY = "coral-avenue", "block-haven"

TUNING = """
[cache]
response_seconds = 0
redis_url = {url}

[upstream]
exchange_seconds = 2

[limits]
requests_per_minute = 0
"""
"""A load that asks for more than there is waits for none of it."""


class CountingThrottle(Throttle):
    """The vendor's own limit, which also tells what it let through."""

    def __init__(self, calls_per_minute: int) -> None:
        super().__init__(calls_per_minute, time.monotonic)
        self.granted: list[float] = []
        self.refused = 0

    def admit(self, token: str) -> Allowance:
        allowance = super().admit(token)
        if allowance.is_granted:
            self.granted.append(time.monotonic())
        else:
            self.refused += 1
        return allowance

    def busiest_minute(self) -> int:
        """The most calls within a minute."""
        first = most = 0
        for last, instant in enumerate(self.granted):
            while self.granted[first] <= instant - WINDOW_SECONDS:
                first += 1
            most = max(most, last + 1 - first)
        return most


@dataclass
class Vendor:
    """One vendor's sandbox as it runs, and what it counted; `key` is its program's."""

    key: str
    provider: str
    calls_per_minute: int
    sandbox: Sandbox
    throttle: CountingThrottle
    origin: str

    @property
    def table(self) -> str:
        """The program in the words of the configuration."""
        return (
            f'[[programs]]\nkey = "{self.key}"\nprovider = "{self.provider}"\n'
            f'base_url = "{self.origin}"\ntoken_file = "{self.provider}.token"\n'
        )


@contextmanager
def vendors() -> Iterator[list[Vendor]]:
    """Both vendors, until the block ends, each with the limit that it has."""
    with ExitStack() as stack:
        found = []
        for key, sandbox in ((PIGGY, PiggySandbox()), (PIXLPAY, PixlpaySandbox())):
            provider = "piggy" if key == PIGGY else "pixlpay"
            limit = providers()[provider].calls_per_minute
            throttle = sandbox.throttle = CountingThrottle(limit)
            origin = stack.enter_context(serve_in_thread(sandbox)).origin
            found.append(Vendor(key, provider, limit, sandbox, throttle, origin))
        yield found


def configuration(folder: Path, of: list[Vendor], shared: str) -> Path:
    """A file for gateways over these vendors that share through a server."""
    tables = []
    for vendor in of:
        token = folder / f"{vendor.provider}.token"
        token.write_text(vendor.sandbox.token, encoding="utf-8")
        tables.append(vendor.table.replace(token.name, str(token)))
    file = folder / "gateway.toml"
    text = "\n".join([*tables, TUNING.format(url=json.dumps(shared))])
    file.write_text(text, encoding="utf-8")
    return file
