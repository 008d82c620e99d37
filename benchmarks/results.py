"""RESULTS.md: what was measured, on what, and how the rows compare."""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.comparison import Row
from benchmarks.growth.experiment import Growth
from benchmarks.measuring import Sample
from benchmarks.questions import QUESTIONS, Question

Cells = Sequence[str]


def table(header: Cells, rows: Iterable[Cells]) -> str:
    """A Markdown table; all but the first column holds figures."""
    lines = [header, ["---"] + ["--:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def figure(value: float) -> str:
    """A figure with three significant digits and no exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{2 if value < 10 else 1}f}" if value >= 1 else f"{value:.3f}"


def comparison(rows: Sequence[Row], baseline: str, alone: Mapping[str, float]) -> str:
    """CPU of each contender and how it compares with one of them, then the rest by question.
    `alone` are the milliseconds that a question's calls take by themselves at the slow upstream."""
    base = next(row for row in rows if row.contender.name == baseline)
    cpu = table(
        ["CPU ms an answer", *(question.name for question in QUESTIONS), "peak MB", "start s"],
        [
            [
                _label(row),
                *(_with_ratio(row.of(q).cpu_ms, base.of(q).cpu_ms) for q in QUESTIONS),
                figure(row.peak_rss_mb),
                figure(row.start_seconds),
            ]
            for row in rows
        ],
    )
    parts = [cpu, f"In parentheses: times the CPU of *{baseline}*."]
    for question in QUESTIONS:
        parts.append(f"### {question.name}: {question.about}, {question.calls} upstream calls")
        parts.append(_of_question(rows, question, alone[question.name]))
    return "\n\n".join(parts)


def _of_question(rows: Sequence[Row], question: Question, alone: float) -> str:
    header = ["", "answers/s", "p50 ms", "p99 ms", "CPU ms", "p50 ms at 20 ms upstream"]
    upstream = ["the upstream calls alone", "", "", "", "", figure(alone)]
    return table(header, [*([_label(row), *_figures(row, question)] for row in rows), upstream])


def _figures(row: Row, question: Question) -> list[str]:
    taken: Sample = row.of(question)
    slow = row.slow_ms.get(question.name)
    return [
        figure(taken.per_second),
        figure(taken.p50_ms),
        figure(taken.p99_ms),
        figure(taken.cpu_ms),
        "" if slow is None else figure(slow),
    ]


def _label(row: Row) -> str:
    return f"{row.contender.name} ({row.contender.version})"


def _with_ratio(value: float, base: float) -> str:
    return f"{figure(value)} ({value / base:.2f})" if base else figure(value)


def growth(grown: Growth) -> str:
    """One experiment's table."""
    rows = [
        [size, *(figure(figures[name]) for name in grown.figures)] for size, figures in grown.rows
    ]
    return f"### {grown.title}\n\n" + table(["", *grown.figures], rows)


def left_out(reasons: Mapping[str, str]) -> str:
    """Who was not measured, and why."""
    lines = (f"- {name}: {reason.splitlines()[0][:300]}" for name, reason in reasons.items())
    return "\n".join(lines)
