"""What the vendors' pages show, and how a sandbox is made to answer with it."""

from pathlib import Path

from adapters._sandbox.app import Sandbox
from adapters._sandbox.faults import Fault

RECORDED = Path(__file__).parents[1] / "recorded"


def recorded(name: str, kind: str = "json") -> bytes:
    """A recorded payload, such as `piggy/referrals`."""
    return (RECORDED / f"{name}.{kind}").read_bytes()


def replay(sandbox: Sandbox, answer: bytes | str, path: str | None = None) -> None:
    """From now on, answer calls whose path holds `path` with this and status 200."""
    body = answer if isinstance(answer, str) else answer.decode()
    sandbox.faults.add(Fault("wrong_shape", path=path, body=body))
