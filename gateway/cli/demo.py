"""Sandboxes of all providers on this machine, alone or with the gateway over them."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import click

from adapters import providers
from adapters._sandbox.serving import serve_in_thread
from adapters.provider import ProgramConfig, SandboxApp
from gateway.cli import serving
from gateway.config import Config

# What the sandboxes' data speaks of.
NAMES = {"piggy": "Coral Avenue", "pixlpay": "Block Haven"}

QUERY = """\
{
  programs {
    key
    provider { name }
    settings { referrerIncentive { summary } referredIncentive { summary } }
  }
  referrals(first: 6) {
    nodes { status referrer { name email } referred { email } program { key } }
    sources { program { key } status fetchedAt error { code } }
  }
}"""


@contextmanager
def sandboxes(
    *, port: int, referrals: Mapping[str, int], latency_seconds: float
) -> Iterator[list[tuple[ProgramConfig, SandboxApp]]]:
    """A running sandbox a provider, each as a program to configure. `port` 0 takes free ones,
    any other is the first sandbox's."""
    with ExitStack() as stack:
        running = []
        for number, (key, provider) in enumerate(providers().items()):
            app = provider.sandbox(referrals=referrals[key], latency_seconds=latency_seconds)
            served = stack.enter_context(serve_in_thread(app, port=port + number if port else 0))
            name = NAMES.get(key, provider.name)
            program = ProgramConfig(
                key=name.lower().replace(" ", "-"),
                name=name,
                provider=key,
                base_url=served.origin,
                token=app.token,
                calls_per_minute=provider.calls_per_minute,
            )
            running.append((program, app))
        yield running


def run(*, host: str, port: int, referrals: Mapping[str, int], latency_seconds: float) -> None:
    """Serve the gateway over the sandboxes until a signal comes."""
    with sandboxes(port=0, referrals=referrals, latency_seconds=latency_seconds) as running:
        programs = tuple(program for program, _ in running)

        def announce(origin: str) -> None:
            click.echo(f"Dashboard  {origin}/dashboard")
            click.echo(f"GraphiQL   {origin}/graphiql")
            click.echo(f"Endpoint   {origin}/graphql")
            click.echo(f"Health     {origin}/healthz")
            for program in programs:
                click.echo(f"Sandbox    {program.base_url}  {program.provider}, as {program.key}")
            click.echo(f"\nA query to paste:\n\n{QUERY}\n")

        serving.serve(Config(programs), host=host, port=port, announce=announce)


def run_sandboxes(*, port: int, referrals: Mapping[str, int], latency_seconds: float) -> None:
    """Serve the sandboxes until a signal comes, and show a configuration for them."""
    endings = {signal.SIGINT, signal.SIGTERM}
    # Held back, in the sandboxes' threads too: what comes before it is waited for would be lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, endings)
    with sandboxes(port=port, referrals=referrals, latency_seconds=latency_seconds) as running:
        for program, app in running:
            variable = f"{program.provider.upper()}_TOKEN"
            click.echo(f"# export {variable}={app.token}")
            click.echo("[[programs]]")
            click.echo(f'key = "{program.key}"')
            click.echo(f'name = "{program.name}"')
            click.echo(f'provider = "{program.provider}"')
            click.echo(f'base_url = "{program.base_url}"')
            click.echo(f'token_env = "{variable}"\n')
        signal.sigwait(endings)
