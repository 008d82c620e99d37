"""The commands."""

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from adapters import providers
from gateway import config
from gateway.caller import Scope
from gateway.cli.importing import for_good

C = TypeVar("C", bound=Callable[..., Any])

SCHEMA_FILE = Path("schema.graphql")

_config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help=f"The configuration file; {config.FILE_NAME} in the working directory when left out.",
)
_host_option = click.option("--host", default="127.0.0.1", show_default=True)
_port_option = click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True
)
_latency_option = click.option(
    "--latency-ms",
    type=click.IntRange(min=0),
    default=0,
    help="How long the sandboxes take to answer.",
)


@click.group()
@click.version_option(package_name="referral-gateway")
def main() -> None:
    """One GraphQL API over the referral programs of several providers."""


def _load(config_file: Path | None) -> config.Config:
    return _read(partial(config.load, config_file))


def _read(read: Callable[[], config.Config]) -> config.Config:
    """The configuration, or the end: exit code 2 and one line a fault."""
    try:
        return read()
    except config.ConfigError as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        sys.exit(2)


@main.command()
@_config_option
@_host_option
@_port_option
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--reload", is_flag=True, help="Start again when the code changes.")
def serve(config_file: Path | None, host: str, port: int, workers: int, reload: bool) -> None:
    """Serve the configured programs."""
    if not reload and hasattr(signal, "SIGHUP"):
        # It would end a process that does not heed it yet; this one is told when it does.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    with for_good():
        from gateway.cli import serving

    # A file that is away for a moment must not make another gateway of this one, of the tokens in
    # the environment and open: so what there is to read again is settled here.
    source = config.Source(config.found(config_file), host, 1 if reload else workers)
    loaded = _read(source.read)
    if reload:
        if config_file is not None:
            # A process that starts again makes its own application, and so it learns of the file.
            os.environ[config.FILE_VARIABLE] = str(config_file)
        serving.serve_reloading(loaded, host=host, port=port)
    elif workers == 1:
        serving.serve(loaded, host=host, port=port, reread=source.read)
    else:
        serving.serve_by_workers(loaded, source, port=port)


def _referrals_options(command: C) -> C:
    """An option such as `--piggy-referrals` for every provider."""
    for key, provider in reversed(list(providers().items())):
        command = click.option(
            f"--{key}-referrals",
            type=click.IntRange(min=0),
            default=200,
            show_default=True,
            help=f"How many referrals {provider.name}'s sandbox holds.",
        )(command)
    return command


def _referrals(options: dict[str, Any]) -> dict[str, int]:
    return {key: options[f"{key.replace('-', '_')}_referrals"] for key in providers()}


@main.command()
@_host_option
@_port_option
@_referrals_options
@_latency_option
def demo(host: str, port: int, latency_ms: int, **options: Any) -> None:
    """Serve sandboxes of all providers: everything works, nothing leaves the machine."""
    with for_good():
        from gateway.cli import demo as demonstration

    if not config.is_loopback(host):
        click.echo(
            "The demo listens to its own machine alone: to let others in, `serve`.", err=True
        )
        sys.exit(2)
    demonstration.run(
        host=host, port=port, referrals=_referrals(options), latency_seconds=latency_ms / 1000
    )


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65500),
    default=8801,
    show_default=True,
    help="The first sandbox's; the others follow. 0 takes free ones.",
)
@_referrals_options
@_latency_option
def sandbox(port: int, latency_ms: int, **options: Any) -> None:
    """Run the providers' sandboxes alone and show a configuration for them."""
    from gateway.cli import demo as demonstration

    try:
        demonstration.run_sandboxes(
            port=port, referrals=_referrals(options), latency_seconds=latency_ms / 1000
        )
    except OSError as error:
        raise click.ClickException(f"No sandbox at that port: {error.strerror}.") from None


@main.group()
def schema() -> None:
    """The schema's text."""


@schema.command("export")
@click.argument("file", type=click.Path(path_type=Path), default=SCHEMA_FILE)
def schema_export(file: Path) -> None:
    """Write the schema to FILE (schema.graphql)."""
    from gateway.schema import schema_text

    file.write_text(schema_text(), encoding="utf-8")


@schema.command("check")
@click.argument("file", type=click.Path(path_type=Path), default=SCHEMA_FILE)
def schema_check(file: Path) -> None:
    """Exit with 1 when FILE (schema.graphql) differs from the code."""
    from gateway.schema import schema_text

    if not file.is_file() or file.read_bytes() != schema_text().encode():
        click.echo(f"{file} differs from the code: run `referral-gateway schema export`.", err=True)
        sys.exit(1)


@main.group()
def keys() -> None:
    """The keys that callers ask with."""


def _listed(_: click.Context, __: click.Parameter, text: str | None) -> list[str] | None:
    """What an option lists, with commas between."""
    return None if text is None else [part.strip() for part in text.split(",")]


@keys.command("create")
@click.option("--name", required=True, help="Who the key is for, of a-z, 0-9 and -.")
@click.option(
    "--scopes",
    required=True,
    callback=_listed,
    help=f"What it is good for, with commas between: {', '.join(Scope)}.",
)
@click.option(
    "--programs", callback=_listed, help="Keys of programs, with commas between; all by default."
)
def keys_create(name: str, scopes: list[str], programs: list[str] | None) -> None:
    """Make a key and print it, this once, with what to put into the configuration."""
    from gateway.access.api_keys import create_key, hash_of

    for option, problem in config.faults_of_key(name, scopes, programs):
        raise click.UsageError(f"--{option} {problem}.")
    key = create_key()
    click.echo(f"The key, which is kept nowhere:\n\n    {key}\n")
    click.echo(f"To put into {config.FILE_NAME}:\n\n[[access.keys]]")
    click.echo(f"name = {json.dumps(name)}")
    click.echo(f"hash = {json.dumps(hash_of(key))}")
    click.echo(f"scopes = {json.dumps(scopes)}")
    if programs is not None:
        click.echo(f"programs = {json.dumps(programs)}")


@main.group("config")
def config_group() -> None:
    """The configuration."""


@config_group.command("check")
@_config_option
def config_check(config_file: Path | None) -> None:
    """Exit with 2 and one line a fault when the configuration is wrong."""
    for program in _load(config_file).programs:
        click.echo(f"{program.key}: {program.provider} at {program.base_url}")


@main.command()
@_config_option
def doctor(config_file: Path | None) -> None:
    """Call each program once and tell how it went; exit with 1 when one fails."""
    from gateway.cli import doctor as examination

    sys.exit(0 if examination.run(_load(config_file)) else 1)
