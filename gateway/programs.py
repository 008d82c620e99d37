"""The configured programs, each connected to its provider."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters.capability import Capability
from adapters.provider import Provider, capabilities_of
from gateway.errors import ErrorCode, GatewayError


@dataclass(frozen=True, eq=False)
class Program:
    """One configured account at one provider, as the schema shows it."""

    key: str
    name: str
    provider: Provider
    capabilities: tuple[Capability, ...]
    computed_capabilities: tuple[Capability, ...]

    @classmethod
    def of(cls, provider: Provider) -> "Program":
        """The program that a connected provider serves."""
        native = capabilities_of(type(provider))
        return cls(
            key=provider.config.key,
            name=provider.config.name,
            provider=provider,
            capabilities=tuple(c for c in Capability if c in native),
            computed_capabilities=(),
        )

    def has(self, capability: Capability) -> bool:
        """Whether the program can do something, itself or through the gateway."""
        return capability in self.capabilities


class Programs:
    """The programs that a caller sees, in the order of the configuration."""

    def __init__(self, programs: Iterable[Program]) -> None:
        self._by_key = {program.key: program for program in programs}

    def __iter__(self) -> Iterator[Program]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def __getitem__(self, key: str) -> Program:
        return self._by_key[key]

    def get(self, key: str) -> Program | None:
        """The program with that key; None when there is none."""
        return self._by_key.get(key)

    def select(self, keys: Sequence[str] | None) -> list[Program]:
        """The programs with those keys in the order of the configuration, all when None.

        Raises GatewayError UNKNOWN_PROGRAM.
        """
        if keys is None:
            return list(self)
        for key in keys:
            if key not in self._by_key:
                raise GatewayError(
                    ErrorCode.UNKNOWN_PROGRAM, f"There is no program with the key {key[:100]!r}."
                )
        wanted = frozenset(keys)
        return [program for program in self if program.key in wanted]
