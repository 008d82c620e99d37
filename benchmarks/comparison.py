"""Every contender in turn on the same questions: answers checked first, then several rounds."""

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import orjson
import uvloop

from benchmarks.contenders import Contender, running
from benchmarks.load import WrongAnswer, ask
from benchmarks.measuring import Sample, sample
from benchmarks.processes import DidNotStart, Server
from benchmarks.questions import Q2, QUESTIONS, Question, request
from benchmarks.upstream.alone import calls_alone
from benchmarks.upstream.serving import Upstream

LATENCY_ASKS = 30
# A just-in-time compiler needs some thousand answers; in samples' lengths.
WARM_UP = 2


class WrongCalls(Exception):
    """A question took other upstream calls than it should."""


@dataclass
class Row:
    """What one contender came to. `samples` has one a round for each question's name; `slow_ms`
    is the median latency of a single client at a slow upstream; start and peak of memory in
    seconds and MB."""

    contender: Contender
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    slow_ms: dict[str, float] = field(default_factory=dict)
    start_seconds: float = 0.0
    peak_rss_mb: float = 0.0

    def of(self, question: Question) -> Sample:
        """The medians of a question's rounds."""
        return Sample.median(self.samples[question.name])


class _Runner:
    """A contender's running server and the answers that it gives."""

    def __init__(self, contender: Contender, server: Server, upstream: Upstream) -> None:
        self.row = Row(contender)
        self.server = server
        self._upstream = upstream
        self._answers: dict[str, bytes] = {}

    def check(self, questions: Iterable[Question], reference: Mapping[str, bytes]) -> None:
        """Raises WrongAnswer where an answer is not the reference's, whatever its layout, and
        WrongCalls where it took more or fewer upstream calls than it should."""
        for question in questions:
            if not self.row.contender.calls_upstream:
                one_answer(self.server, question)  # which it keeps
            self._upstream.requests()
            answer = one_answer(self.server, question)
            self._check_calls(question, 1)
            if orjson.loads(answer) != orjson.loads(reference[question.name]):
                raise WrongAnswer(f"{question.name}: {answer[:2000].decode(errors='replace')}")
            self._answers[question.name] = answer

    def take(self, question: Question, seconds: float) -> Sample:
        """A sample, of answers that are all as checked. Raises as `check` does."""
        self._upstream.requests()
        taken, count = sample(
            self.server,
            request(question.text),
            seconds=seconds,
            expected=self._answers[question.name],
        )
        self._check_calls(question, count)
        return taken

    def _check_calls(self, question: Question, answers: int) -> None:
        calls = self._upstream.requests()
        each = question.calls if self.row.contender.calls_upstream else 0
        if calls != answers * each:
            raise WrongCalls(f"{question.name} took {calls} calls for {answers} answers")


def one_answer(server: Server, question: Question) -> bytes:
    """The answer to a question. Raises WrongAnswer."""
    return uvloop.run(ask(server.port, request(question.text), most=1)).last


def reference_answers(contender: Contender, upstream: Upstream, folder: Path) -> dict[str, bytes]:
    """What everybody has to answer, by the question's name: what this contender does."""
    with running(contender, upstream.origin, folder) as server:
        server.wait_until_accepting()
        runner = _Runner(contender, server, upstream)
        answers = {question.name: one_answer(server, question) for question in QUESTIONS}
        runner.check(QUESTIONS, answers)
    return answers


def compare(
    contenders: Iterable[Contender],
    *,
    reference: Mapping[str, bytes],
    upstream: Upstream,
    slow: Upstream,
    folder: Path,
    rounds: int,
    seconds: float,
) -> tuple[list[Row], dict[str, str]]:
    """The rows, and by its name why a contender has none."""
    left_out: dict[str, str] = {}
    runners: list[_Runner] = []
    with ExitStack() as stack:
        for contender in contenders:
            try:
                slow_ms = _latencies(contender, slow, folder)
                server = stack.enter_context(running(contender, upstream.origin, folder))
                server.wait_until_accepting()
                one_answer(server, Q2)
                runner = _Runner(contender, server, upstream)
                runner.row.start_seconds = time.perf_counter() - server.started
                runner.row.slow_ms = slow_ms
                runner.check(QUESTIONS, reference)
            except (DidNotStart, WrongAnswer, WrongCalls, TimeoutError) as error:
                left_out[contender.name] = f"{type(error).__name__}: {error}"
            else:
                runners.append(runner)
        for question in QUESTIONS:
            for runner in runners:
                runner.take(question, WARM_UP * seconds)
        for _ in range(rounds):
            for question in QUESTIONS:
                for runner in runners:
                    taken = runner.take(question, seconds)
                    runner.row.samples.setdefault(question.name, []).append(taken)
        for runner in runners:
            runner.row.peak_rss_mb = runner.server.peak_rss_mb()
    return [runner.row for runner in runners], left_out


def alone(slow: Upstream) -> dict[str, float]:
    """What the questions' calls alone take at the slow upstream: median milliseconds."""
    return {
        question.name: 1000 * median(uvloop.run(_alone(slow, question))) for question in QUESTIONS
    }


async def _alone(slow: Upstream, question: Question) -> list[float]:
    return await calls_alone(slow.port, slow.targets, question.chain, times=LATENCY_ASKS)


def _latencies(contender: Contender, slow: Upstream, folder: Path) -> dict[str, float]:
    """Median latencies in milliseconds of one client at the slow upstream."""
    if not contender.calls_upstream:
        return {}
    medians = {}
    with running(contender, slow.origin, folder) as server:
        server.wait_until_accepting()
        for question in QUESTIONS:
            one_answer(server, question)
            load = uvloop.run(ask(server.port, request(question.text), most=LATENCY_ASKS))
            medians[question.name] = 1000 * median(load.latencies)
    return medians
