"""Whether the configured programs can be reached, one call each."""

import asyncio
import time
from dataclasses import replace
from typing import NamedTuple

import click

from adapters import connect
from adapters.errors import Forbidden, MalformedResponse, ProviderError, Unauthenticated
from adapters.limits import RetryLimits
from adapters.provider import ProgramConfig
from gateway.config import Config


class Finding(NamedTuple):
    """A row of the table, and whether all is well."""

    cells: tuple[str, ...]
    is_well: bool


HEADINGS = ("program", "reachable", "token accepted", "allowance", "latency", "remark")


def run(config: Config) -> bool:
    """Print the table; True when every program is well."""
    findings = asyncio.run(_examine_all(config))
    rows = [HEADINGS, *(finding.cells for finding in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    return all(finding.is_well for finding in findings)


async def _examine_all(config: Config) -> list[Finding]:
    return await asyncio.gather(*map(_examine, config.connectable()))


async def _examine(program: ProgramConfig) -> Finding:
    # One call says how things are: trying again would hide what is to be found.
    limits = replace(program.limits, retry=RetryLimits(attempts=1))
    provider = connect(replace(program, limits=limits))
    started = time.perf_counter()
    error: ProviderError | None = None
    try:
        await provider.settings()
    except ProviderError as failure:
        error = failure
    finally:
        await provider.aclose()
    latency = f"{(time.perf_counter() - started) * 1000:.0f} ms"
    health = provider.health
    answered = error is None or error.upstream_status is not None
    if not answered:
        accepted = "?"
    elif isinstance(error, Unauthenticated):
        accepted = "refused"
    else:
        accepted = "lacks a scope" if isinstance(error, Forbidden) else "yes"
    left, limit = health.calls_remaining, health.calls_limit
    cells = (
        program.key,
        "yes" if answered or isinstance(error, MalformedResponse) else "no",
        accepted,
        "no limit" if limit is None else f"{left} of {limit} a minute",
        latency if answered else "-",
        error.message if error else "",
    )
    return Finding(cells, is_well=error is None)
