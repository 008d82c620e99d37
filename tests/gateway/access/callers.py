"""Callers for tests, and the keys they ask with."""

from typing import Any

from gateway.access.api_keys import create_key, digest_of
from gateway.caller import Caller, Scope
from gateway.config import AccessConfig
from tests.running import Answer, Gateway

READ = frozenset({Scope.REFERRALS_READ})
WRITE = READ | {Scope.REFERRALS_WRITE}
PEOPLE = READ | {Scope.PEOPLE_READ}
EVERYTHING = frozenset(Scope)


class Keys:
    """Keys by their names, each made when its caller is added."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._callers: list[tuple[bytes, Caller]] = []

    def add(self, name: str, scopes: frozenset[Scope], *programs: str) -> "Keys":
        """Another caller, who sees those programs, or all of them."""
        self._keys[name] = create_key()
        caller = Caller(f"key:{name}", scopes, frozenset(programs) if programs else None)
        self._callers.append((digest_of(self._keys[name].encode()), caller))
        return self

    def __getitem__(self, name: str) -> str:
        return self._keys[name]

    @property
    def config(self) -> AccessConfig:
        """What lets these callers in."""
        return AccessConfig(tuple(self._callers))

    def headers(self, name: str) -> dict[str, str]:
        """What a caller sends."""
        return bearer(self._keys[name])

    def ask(
        self, gateway: Gateway, name: str, query: str, variables: dict[str, Any] | None = None
    ) -> Answer:
        """Ask as one of the callers."""
        return gateway.ask(query, variables, self.headers(name))


def bearer(credential: str) -> dict[str, str]:
    """The header that carries a credential."""
    return {"authorization": f"Bearer {credential}"}


def codes(answer: Answer) -> list[str]:
    """The codes of the errors of an answer."""
    return [error["extensions"]["code"] for error in answer.errors]
