"""`python -m benchmarks.first_paint [ROUNDS]`: when the dashboard shows something, and what.

The gateway that `gateway serve` starts, over the sandboxes, one of which takes two seconds for each
answer; nothing is kept from one round to the next, neither by the gateway nor by the browser, which
is a Chromium of its own on another core where there are two. Prints for each moment the median of
the rounds and the slowest, in milliseconds from the beginning of the navigation.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from benchmarks import machine
from benchmarks.contenders import starting
from benchmarks.ours import launch, program
from benchmarks.processes import cores, free_port, on_cores
from benchmarks.questions import BLOCK_HAVEN, CORAL_AVENUE
from tests.web.conftest import CHROMIUM, OPTIONS

ROUNDS = 15
SLOW_SECONDS = 2.0

# What stands on the page from a moment on, by what it is found by.
MOMENTS = {
    "the programs, with their health": ".programs > li",
    "the figures of the fast provider": f"[data-share={CORAL_AVENUE}]",
    "the figures of the slow provider": f"[data-share={BLOCK_HAVEN}]",
    "the totals of both": "[data-figure=total]",
}
PAINT = "first contentful paint"

# Notes when each is there first; what the browser paints it notes itself.
WATCH = """window.seen = {};
new MutationObserver(() => {
  for (const selector of SELECTORS)
    if (!(selector in seen) && document.querySelector(selector)) seen[selector] = performance.now();
}).observe(document, { childList: true, subtree: true });"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def opened(browser: Browser, origin: str) -> dict[str, float]:
    """When a browser without anything kept shows each of it, in milliseconds."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.add_init_script(f"const SELECTORS = {list(MOMENTS.values())!r};\n{WATCH}")
    page.goto(f"{origin}/dashboard")
    for selector in MOMENTS.values():
        page.wait_for_selector(selector)
    seen = page.evaluate("window.seen")
    taken = {name: seen[selector] for name, selector in MOMENTS.items()}
    painted: float = page.evaluate(PAINTED)
    context.close()
    return {PAINT: painted, **taken}


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    piggy, pixlpay = PiggySandbox(calls_per_minute=None), PixlpaySandbox(calls_per_minute=None)
    pixlpay.faults.add(Fault("slow", seconds=SLOW_SECONDS))
    with (
        on_cores(cores()[1]),
        serve_in_thread(piggy) as served_piggy,
        serve_in_thread(pixlpay) as served_pixlpay,
        tempfile.TemporaryDirectory() as folder,
    ):
        port = free_port()
        programs = program(CORAL_AVENUE, "piggy", served_piggy.origin)
        programs += program(BLOCK_HAVEN, "pixlpay", served_pixlpay.origin)
        launched = launch(programs, port, Path(folder), fresh=0, response=0)
        with (
            starting(launched, port, Path(folder, "log")) as server,
            sync_playwright() as playwright,
        ):
            server.wait_until_accepting()
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
            origin = f"http://127.0.0.1:{port}"
            opened(browser, origin)  # starts what a browser starts once
            taken = [opened(browser, origin) for _ in range(rounds)]
            version = browser.version
            browser.close()
    print(
        f"{machine.described()}, Chromium {version}, {rounds} rounds,"
        f" load average {machine.load_average():.2f} at the end"
    )
    for name in taken[0]:
        times = [one[name] for one in taken]
        print(f"{name:34} {median(times):6.0f} ms, slowest {max(times):6.0f} ms")


if __name__ == "__main__":
    main()
