"""`python -m tests.gateway.observed`: the gateway's command line, which on SIGUSR1 prints the tasks
under way as JSON, by the names of their coroutines. Nothing else of a process tells them."""

import asyncio
import json
import signal
from collections import Counter
from types import FrameType

from gateway.cli import main


def tell(_signal: int, _frame: FrameType | None) -> None:
    tasks = Counter(getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks())
    print(json.dumps(tasks), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, tell)
    main()
