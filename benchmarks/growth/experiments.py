"""All experiments, at the sizes that the results tell of."""

from collections.abc import Iterator

from benchmarks.growth.experiment import Growth, Setting
from benchmarks.growth.lists import deeper_pages, more_referrals
from benchmarks.growth.programs import longer_answers, more_programs
from benchmarks.growth.traffic import more_clients, more_cores, more_operations, more_workers
from benchmarks.ours import KEPT_SECONDS
from benchmarks.questions import Q1, Q2


def all_growth(setting: Setting) -> Iterator[Growth]:
    """Each experiment's table, as soon as it is done."""
    yield more_referrals(setting, (100, 10_000, 1_000_000))
    yield deeper_pages(setting, (1, 5_000))
    yield more_programs(setting, (2, 20, 200))
    yield longer_answers(setting, ((1, 1), (1, 10), (1, 100), (10, 100), (50, 100)))
    yield more_clients(setting, (1, 50, 500), Q2, "cold", fresh=0)
    yield more_clients(setting, (1, 50, 500), Q1, "upstream fresh", fresh=KEPT_SECONDS)
    yield more_operations(setting, (10, 10_000))
    yield more_workers(setting)
    yield more_cores(setting)
