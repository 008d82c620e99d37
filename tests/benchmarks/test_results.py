"""How figures are put together and told."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks import plot, results
from benchmarks.comparison import Row
from benchmarks.contenders import Contender, Launch
from benchmarks.growth.experiment import Growth
from benchmarks.growth.lists import moved
from benchmarks.measuring import Sample, percentiles
from benchmarks.questions import QUESTIONS
from gateway.ids import Position, decode_cursor, encode_cursor


def row(name: str, cpu_ms: float, *, is_ours: bool) -> Row:
    def prepare(port: int, origin: str, folder: Path) -> Launch:
        raise NotImplementedError

    samples = {question.name: [Sample(cpu_ms, 1000, 1, 2)] for question in QUESTIONS}
    slow = {question.name: 21.5 for question in QUESTIONS}
    return Row(Contender(name, "1", prepare, is_ours=is_ours), samples, slow, 0.5, 60)


def test_percentiles_are_in_milliseconds() -> None:
    p50, p99 = percentiles([number / 1000 for number in range(101)])
    assert p50 == pytest.approx(50)
    assert p99 == pytest.approx(99)
    assert percentiles([0.004]) == (4, 4)


def test_the_median_of_samples_is_one_of_each_figure() -> None:
    samples = [Sample(1, 30, 5, 9), Sample(2, 10, 6, 7), Sample(3, 20, 4, 8)]
    assert Sample.median(samples) == Sample(2, 20, 5, 8)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.000"), (0.0461, "0.046"), (1.234, "1.23"), (36.66, "36.7"), (1234.5, "1,234")],
)
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert results.figure(value) == text


def test_the_comparison_tells_ratios() -> None:
    rows = [row("ours", 2, is_ours=True), row("other", 5, is_ours=False)]
    text = results.comparison(rows, "ours", {"Q1": 20.7, "Q2": 20.4, "Q3": 41.3})
    assert "| ours (1) | 2.00 (1.00) | 2.00 (1.00) | 2.00 (1.00) | 60.0 | 0.500 |" in text
    assert "| other (1) | 5.00 (2.50) |" in text
    assert "| other (1) | 1,000 | 1.00 | 2.00 | 5.00 | 21.5 |" in text
    assert text.endswith("| the upstream calls alone |  |  |  |  | 41.3 |")


def test_growth_is_a_table_of_sizes() -> None:
    grown = Growth("Programs", ["CPU ms"], [("2", {"CPU ms": 1.0}), ("20", {"CPU ms": 9.0})])
    assert results.growth(grown).splitlines()[2:] == [
        "|  | CPU ms |",
        "| --- | --: |",
        "| 2 | 1.00 |",
        "| 20 | 9.00 |",
    ]


def test_the_plot_has_a_bar_for_each_contender_and_question() -> None:
    drawn = plot.svg([row("ours", 0.5, is_ours=True), row("<other>", 50, is_ours=False)])
    space = "{http://www.w3.org/2000/svg}"
    bars = ET.fromstring(drawn).findall(f"{space}rect")[1:]  # noqa: S314 - made here
    widths = [float(bar.attrib["width"]) for bar in bars]
    assert len(bars) == 2 * len(QUESTIONS)
    assert all(short < long for short, long in zip(widths[::2], widths[1::2], strict=True))


def test_a_cursor_can_be_moved() -> None:
    cursor = encode_cursor(Position((100,), 0), b"12345678")
    further = moved(cursor, 499_900)
    assert decode_cursor(further, b"12345678", 1) == Position((499_900,), 0)
