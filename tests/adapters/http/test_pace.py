"""The pace: never more than the limit in any minute, a quarter of it at once."""

from bisect import bisect_left

import pytest

from adapters._http.pace import Pace


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 60, 300, 1000])
def test_no_minute_sees_more_than_the_limit(limit: int) -> None:
    pace = Pace(60.0)
    pace.set_limit(limit, 0.0)
    sent: list[float] = []
    now = 0.0
    while now < 300:
        now += pace.delay(1, now) + 1e-9
        assert pace.take(now)
        sent.append(now)
    for number, start in enumerate(sent):
        assert bisect_left(sent, start + 60) - number <= limit
    at_once = sum(instant < 1e-3 for instant in sent)
    assert at_once == max(1, limit // 4)


def test_what_was_saved_while_idle_is_a_quarter_at_most() -> None:
    pace = Pace(60.0)
    pace.set_limit(60, 0.0)
    assert pace.delay(15, 1000.0) == 0
    assert pace.delay(16, 1000.0) == pytest.approx(1 / 0.75)
