"""What is counted at each call comes to the metrics whole, whenever that is."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from adapters.observer import Answered
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tallies import MOST_WAITING, Durations, Tally


def test_what_waits_is_given_on_once() -> None:
    registry = CollectorRegistry()
    tally = Tally(Counter("calls", "Calls.", registry=registry))
    for told in (3, 3, 5):
        tally.waiting += told - int(registry.get_sample_value("calls_total") or 0)
        tally.settle()
        tally.settle()
        assert registry.get_sample_value("calls_total") == told


def test_durations_come_as_they_were_and_do_not_pile_up() -> None:
    registry = CollectorRegistry()
    durations = Durations(Histogram("call_seconds", "Calls.", buckets=(1, 2), registry=registry))
    for number in range(MOST_WAITING + 1):
        durations.add(number % 3)
    assert registry.get_sample_value("call_seconds_count") == MOST_WAITING
    durations.settle()
    durations.settle()
    seconds = [number % 3 for number in range(MOST_WAITING + 1)]
    assert registry.get_sample_value("call_seconds_count") == len(seconds)
    assert registry.get_sample_value("call_seconds_sum") == sum(seconds)
    told = registry.get_sample_value("call_seconds_bucket", {"le": "1.0"})
    assert told == sum(one <= 1 for one in seconds)


def test_whoever_asks_gets_all_of_it() -> None:
    metrics = Metrics()
    for times in (1, 2):
        metrics.operation("Board", "ok", "executed", 0.25)
        metrics.called("shop", "GET /tiers", "ok", 0.25)
        metrics.read("shop", Answered.CALLED)
        text = metrics.text().decode()
        for line in (
            'operation_seconds_count{operation="Board",outcome="ok",served="executed"}',
            'upstream_calls_total{endpoint="GET /tiers",outcome="ok",program="shop"}',
            'upstream_call_seconds_count{program="shop"}',
            'upstream_reads_total{by="called",program="shop"}',
        ):
            assert f"referral_gateway_{line} {times}.0\n" in text
