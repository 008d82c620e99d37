"""How many calls a program has left; instants are seconds of a clock that the test moves."""

import pytest

from adapters._http.allowance import Allowance


def spent(allowance: Allowance, *instants: float) -> Allowance:
    for instant in instants:
        allowance.spend(instant)
    return allowance


def test_calls_count_for_a_minute_and_no_longer() -> None:
    allowance = spent(Allowance(60), 0, 10, 20)
    assert (allowance.limit, allowance.remaining(20)) == (60, 57)
    assert allowance.remaining(59.9) == 57
    assert allowance.remaining(60) == 58
    assert allowance.remaining(80) == 60


def test_it_is_full_when_the_last_call_is_a_minute_old() -> None:
    allowance = Allowance(60)
    assert allowance.full_after(0) is None
    spent(allowance, 0, 45)
    assert allowance.full_after(50) == 55
    assert allowance.full_after(105) is None


def test_without_a_limit_nothing_remains_to_be_told() -> None:
    allowance = spent(Allowance(0), 0, 1)
    assert (allowance.limit, allowance.remaining(2)) == (None, None)


def test_the_providers_limit_is_learnt_and_the_smaller_one_holds() -> None:
    unlimited, ours_is_smaller = Allowance(0), Allowance(30)
    for allowance in (unlimited, ours_is_smaller):
        spent(allowance, 0)
        allowance.told({"x-ratelimit-limit": "60", "x-ratelimit-remaining": "59"}, 0)
    assert (unlimited.limit, unlimited.remaining(1)) == (60, 59)
    assert (ours_is_smaller.limit, ours_is_smaller.remaining(1)) == (30, 29)


def test_what_others_spend_of_the_token_counts_until_the_minute_is_over() -> None:
    allowance = spent(Allowance(60), 0)
    allowance.told({"x-ratelimit-remaining": "5"}, 1)
    assert allowance.remaining(1) == 5
    spent(allowance, 2, 3)
    assert allowance.remaining(3) == 3
    assert allowance.remaining(61) == 58


def test_it_is_never_negative() -> None:
    allowance = spent(Allowance(2), 0, 0, 0)
    assert allowance.remaining(0) == 0
    allowance.told({"x-ratelimit-remaining": "0"}, 0)
    assert spent(allowance, 1).remaining(1) == 0


@pytest.mark.parametrize("value", ["", "many", "-1", "1.5", "1" * 30])
def test_headers_that_make_no_sense_are_passed_over(value: str) -> None:
    allowance = Allowance(60)
    allowance.told({"x-ratelimit-limit": value, "x-ratelimit-remaining": value}, 0)
    assert (allowance.limit, allowance.remaining(0)) == (60, 60)


@pytest.mark.parametrize(
    ("calls", "processes", "part"), [(60, 1, 60), (60, 4, 15), (3, 8, 1), (0, 4, None)]
)
def test_processes_divide_it(calls: int, processes: int, part: int | None) -> None:
    assert Allowance(calls, processes=lambda: processes).limit == part


def test_calls_of_other_processes_count_as_made_when_they_are_heard_of() -> None:
    allowance = Allowance(10)
    allowance.spend(0.0)
    allowance.knows(4, None, 30.0)
    assert allowance.remaining(30.0) == 6
    assert allowance.remaining(61.0) == 7
    allowance.knows(2, 5, 62.0)
    assert allowance.remaining(62.0) == 3
    assert allowance.remaining(91.0) == 5
