"""The peers in JavaScript that run the resolvers of `shop.js`."""

from pathlib import Path

from benchmarks.contenders import Contender, Launch, Prepare
from benchmarks.ours import TOKENS
from benchmarks.peers.npm import install, installed_version

FOLDER = Path(__file__).parent


def apollo() -> Contender:
    """Raises NotInstalled."""
    install(FOLDER)
    version = installed_version(FOLDER, "@apollo/server")
    return Contender("Apollo Server", version, _script("apollo.js"))


def mercurius() -> Contender:
    """Raises NotInstalled."""
    install(FOLDER)
    versions = [installed_version(FOLDER, package) for package in ("mercurius", "graphql-jit")]
    return Contender("Mercurius + graphql-jit", ", ".join(versions), _script("mercurius.js"))


def _script(name: str) -> Prepare:
    def prepare(port: int, origin: str, _: Path) -> Launch:
        environment = {**TOKENS, "UPSTREAM": origin, "NODE_ENV": "production"}
        return Launch(["node", name, str(port)], FOLDER, environment)

    return prepare
