"""What each provider can do."""

from typing import cast

from graphql import GraphQLEnumType

from adapters import connect, providers
from adapters.capability import Capability
from adapters.provider import ProgramConfig
from gateway.programs import Program
from gateway.schema import schema

# Those that come with the gateway: which others are installed is the machine's affair.
SHOWN = ("piggy", "pixlpay")


def capability_table() -> str:
    """A row a capability, a column a provider."""
    programs = [
        Program.of(
            connect(ProgramConfig(key=key, name=key, provider=key, base_url="http://127.0.0.1"))
        )
        for key in SHOWN
    ]
    described = cast(GraphQLEnumType, schema._schema.type_map["Capability"]).values
    names = [providers()[key].name for key in SHOWN]
    lines = [f"| Capability | | {' | '.join(names)} |", "|---" * (2 + len(names)) + "|"]
    for capability in Capability:
        marks = [
            "yes" if p.does(capability) else "computed" if p.has(capability) else "-"
            for p in programs
        ]
        text = described[capability].description
        lines.append(f"| `{capability}` | {text} | {' | '.join(marks)} |")
    return "\n".join(lines)
