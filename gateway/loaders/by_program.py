"""Loads that there is one of for each program."""

from collections.abc import Awaitable

from adapters.model import BoardEntry, ProgramSettings, ReferrerRecord, Statistics, Tier
from adapters.provider import Reading
from gateway.loaders.sharing import Loader


class SettingsByProgramLoader(Loader[str, ProgramSettings | None]):
    """A program's settings by its key."""

    def read(self, key: str) -> Awaitable[Reading[ProgramSettings | None]]:
        return self.provider(key).settings()


class TiersByProgramLoader(Loader[str, tuple[Tier, ...]]):
    """A program's tiers by its key."""

    def read(self, key: str) -> Awaitable[Reading[tuple[Tier, ...]]]:
        return self.provider(key).tiers()


class StatisticsByProgramLoader(Loader[str, Statistics]):
    """A provider's own figures by the program's key."""

    def read(self, key: str) -> Awaitable[Reading[Statistics]]:
        return self.provider(key).statistics()


class LeaderboardByProgramLoader(Loader[str, tuple[BoardEntry, ...]]):
    """A provider's own leaderboard, always its longest, by the program's key."""

    def read(self, key: str) -> Awaitable[Reading[tuple[BoardEntry, ...]]]:
        return self.provider(key).leaderboard()


class TopReferrersByProgramLoader(Loader[str, tuple[ReferrerRecord, ...]]):
    """A provider's own top referrers, always its longest list, by the program's key."""

    def read(self, key: str) -> Awaitable[Reading[tuple[ReferrerRecord, ...]]]:
        return self.provider(key).top_referrers()
