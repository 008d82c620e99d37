"""The plot beside RESULTS.md: CPU an answer, a bar for each contender and question."""

from collections.abc import Sequence
from html import escape
from math import floor, log10

from benchmarks.comparison import Row
from benchmarks.questions import QUESTIONS, Question

WIDTH, NAMES, VALUES = 860, 250, 70
BAR, GAP, HEADING = 16, 5, 34
OURS, OTHERS = "#2a6f97", "#b8b8b8"


def svg(rows: Sequence[Row]) -> str:
    """Horizontal bars on a logarithmic axis that all questions share."""
    figures = [row.of(question).cpu_ms for row in rows for question in QUESTIONS]
    axis = Axis(min(figures), max(figures))
    parts: list[str] = []
    y = 0
    for question in QUESTIONS:
        y += HEADING
        parts.append(
            f'<text x="0" y="{y - 10}" font-weight="bold">{question.name}: CPU ms an answer,'
            f" {escape(question.about)}</text>"
        )
        for row in rows:
            parts += _bar(row, question, axis, y)
            y += BAR + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + GAP}"'
        ' font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{y + GAP}" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


class Axis:
    """Where a figure stands between 0 and 1: the logarithm, from a power of ten."""

    def __init__(self, least: float, most: float) -> None:
        self._low = floor(log10(max(least, 1e-6)))
        self._high = max(log10(max(most, 1e-6)), self._low + 1)

    def share(self, value: float) -> float:
        """0 at the lower end, 1 at the largest figure."""
        return (log10(max(value, 10**self._low)) - self._low) / (self._high - self._low)


def _bar(row: Row, question: Question, axis: Axis, y: int) -> list[str]:
    value = row.of(question).cpu_ms
    length = max(1.0, axis.share(value) * (WIDTH - NAMES - VALUES))
    fill = OURS if row.contender.is_ours else OTHERS
    baseline = y + BAR - 4
    return [
        f'<text x="{NAMES - 8}" y="{baseline}" text-anchor="end">'
        f"{escape(row.contender.name)}</text>",
        f'<rect x="{NAMES}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{fill}"/>',
        f'<text x="{NAMES + length + 6:.1f}" y="{baseline}">{value:.3g}</text>',
    ]
