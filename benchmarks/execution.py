"""What executing a query costs, compiled and by graphql-core alone, over providers in memory.

    .venv/bin/python -m benchmarks.execution

CPU milliseconds a request, without HTTP: from the text to what `data` and `errors` hold. The two
ways take turns, and their answers are compared first.
"""

import statistics
import time
from pathlib import Path

import orjson
import uvloop

from benchmarks.questions import BLOCK_HAVEN, CORAL_AVENUE
from gateway.caller import ANYBODY
from gateway.execution.engine import Engine, Request
from gateway.programs import Program, Programs
from tests.gateway.execution.shops import Shop, ask, context_of, engine

ROUNDS = 9
QUESTIONS = ("q1", "q2", "q3")
QUERIES = Path(__file__).parent / "queries"


def shops() -> list[Shop]:
    return [
        Shop(CORAL_AVENUE, size=100, people=10),
        Shop(BLOCK_HAVEN, size=100, told_people=True),
    ]


async def measure(engine: Engine, query: str, times: int) -> float:
    programs = Programs(map(Program.of, shops()))
    operation = await engine.prepare(Request(query, None, None), ANYBODY, programs)
    begin = time.process_time()
    for _ in range(times):
        await engine.run(operation, context_of(programs))
    return (time.process_time() - begin) / times * 1000


async def main() -> None:
    compiled, stock = engine(compiled=True), engine(compiled=False)
    for question in QUESTIONS:
        query = (QUERIES / f"{question}.graphql").read_text()
        answers = [await ask(engine, shops(), query) for engine in (compiled, stock)]
        if answers[0] != answers[1] or "errors" in answers[0]:
            raise AssertionError(answers)
        figures: dict[Engine, list[float]] = {compiled: [], stock: []}
        for _ in range(ROUNDS):
            figures[stock].append(await measure(stock, query, 10))
            figures[compiled].append(await measure(compiled, query, 100))
        told = ", ".join(
            f"{name} {statistics.median(figures[engine]):.3f} (least {min(figures[engine]):.3f})"
            for name, engine in (("compiled", compiled), ("graphql-core", stock))
        )
        print(f"{question}, {len(orjson.dumps(answers[0]))} bytes: {told}")


if __name__ == "__main__":
    uvloop.run(main())
