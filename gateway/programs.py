"""The configured programs, each connected to its provider."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters.capability import Capability
from adapters.provider import Provider, capabilities_of
from gateway.errors import ErrorCode, GatewayError

MOST_SETS = 1000


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
        computed = _computable(provider, native) - native
        return cls(
            key=provider.config.key,
            name=provider.config.name,
            provider=provider,
            capabilities=tuple(c for c in Capability if c in native | computed),
            computed_capabilities=tuple(c for c in Capability if c in computed),
        )

    def has(self, capability: Capability) -> bool:
        """Whether the program can do something, itself or through the gateway."""
        return capability in self.capabilities

    def does(self, capability: Capability) -> bool:
        """Whether the provider itself can do something, without the gateway's reckoning."""
        return capability in self.capabilities and capability not in self.computed_capabilities


def _computable(provider: Provider, native: frozenset[Capability]) -> frozenset[Capability]:
    """What the gateway can work out by reading through a program's lists."""
    computable = {
        Capability.REFERRAL_SEARCH,
        Capability.REFERRALS_BY_REFERRER,
        Capability.STATISTICS,
        Capability.LEADERBOARD,
        Capability.TOP_REFERRERS,
    }
    if Capability.REFERRAL_DATES in native:
        computable.add(Capability.TIMELINE)
    if Capability.TIERS in native and provider.rewards_by_tier:
        computable.add(Capability.TIER_PROGRESS)
    return frozenset(computable)


class Programs:
    """The programs that a caller sees, in the order of the configuration."""

    def __init__(self, programs: Iterable[Program]) -> None:
        self._by_key = {program.key: program for program in programs}
        self._only: dict[frozenset[str], Programs] = {}

    def only(self, keys: frozenset[str] | None) -> "Programs":
        """The programs of a caller who sees those keys and no others, None meaning all.

        The same object each time, as long as there are not too many such sets.
        """
        if keys is None:
            return self
        seen = self._only.get(keys)
        if seen is None:
            seen = Programs(program for program in self if program.key in keys)
            if len(self._only) >= MOST_SETS:
                self._only.clear()
            self._only[keys] = seen
        return seen

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
