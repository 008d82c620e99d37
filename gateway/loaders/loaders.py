"""All loaders of one request."""

from functools import cached_property

from gateway.loaders.by_page import ClaimsByPageLoader, ReferralsByPageLoader
from gateway.loaders.by_program import (
    LeaderboardByProgramLoader,
    SettingsByProgramLoader,
    StatisticsByProgramLoader,
    TiersByProgramLoader,
    TopReferrersByProgramLoader,
)
from gateway.loaders.lookups import PeopleByEmailLoader, ValidationByCodeLoader
from gateway.loaders.profiles import ProfileByPersonLoader
from gateway.loaders.sharing import Loader, SharedLoader
from gateway.programs import Programs


class Loaders:
    """One request's set, each made when it is first used."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    def forget(self) -> None:
        """Forget everything read so far: something was changed."""
        for name, value in list(vars(self).items()):
            if isinstance(value, Loader | SharedLoader):
                delattr(self, name)

    @property
    def saved(self) -> int:
        """How many reads were asked for again since they were last forgotten."""
        loaders = vars(self).values()
        return sum(one.saved for one in loaders if isinstance(one, Loader | SharedLoader))

    @cached_property
    def settings_by_program(self) -> SettingsByProgramLoader:
        return SettingsByProgramLoader(self._programs)

    @cached_property
    def tiers_by_program(self) -> TiersByProgramLoader:
        return TiersByProgramLoader(self._programs)

    @cached_property
    def statistics_by_program(self) -> StatisticsByProgramLoader:
        return StatisticsByProgramLoader(self._programs)

    @cached_property
    def leaderboard_by_program(self) -> LeaderboardByProgramLoader:
        return LeaderboardByProgramLoader(self._programs)

    @cached_property
    def top_referrers_by_program(self) -> TopReferrersByProgramLoader:
        return TopReferrersByProgramLoader(self._programs)

    @cached_property
    def referrals_by_page(self) -> ReferralsByPageLoader:
        return ReferralsByPageLoader(self._programs)

    @cached_property
    def claims_by_page(self) -> ClaimsByPageLoader:
        return ClaimsByPageLoader(self._programs)

    @cached_property
    def profile_by_person(self) -> ProfileByPersonLoader:
        return ProfileByPersonLoader(self._programs, self.top_referrers_by_program)

    @cached_property
    def people_by_email(self) -> PeopleByEmailLoader:
        return PeopleByEmailLoader(self._programs)

    @cached_property
    def validation_by_code(self) -> ValidationByCodeLoader:
        return ValidationByCodeLoader(self._programs)
