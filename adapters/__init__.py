"""Adapters: each provider's REST API in the words of one model.

`PROVIDERS` is filled from the entry points `referral_gateway.providers`, so that a provider is
a folder and an entry point, here or in a package of its own.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from adapters.provider import ProgramConfig, Provider
from adapters.store import Store

ENTRY_POINTS = "referral_gateway.providers"


@cache
def providers() -> Mapping[str, type[Provider]]:
    """Every installed provider by its key, in the order of the entry points' names."""
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name)
    return {entry.name: entry.load() for entry in found}


def connect(config: ProgramConfig, store: Store | None = None) -> Provider:
    """A program, connected; no call is made yet. Programs that share a store share its bounds.

    KeyError for an unknown provider.
    """
    return providers()[config.provider](config, store=store)
