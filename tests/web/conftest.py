"""Debian's Chromium, driven by Playwright, and the pages it is shown."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from adapters.provider import ProgramConfig
from gateway.config import UpstreamConfig
from tests.running import Gateway, running_gateway

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # As on a machine without a network: no name leads anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
# A loaded machine may be slow; a page that never gets there fails all the same.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

# Sandboxes of a loaded machine may be slow too, which is no failure of theirs.
PATIENT = UpstreamConfig(
    connect_seconds=30, read_seconds=30, exchange_seconds=50, operation_seconds=55
)
# A page tells of everything that its policy forbids, from its first moment on.
WATCH_POLICY = """window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));"""


@pytest.fixture
def gateway(programs: tuple[ProgramConfig, ...]) -> Iterator[Gateway]:
    """A gateway over both programs that waits for them."""
    with running_gateway(*programs, upstream=PATIENT) as running:
        yield running


@pytest.fixture(scope="session")
def built_web() -> None:
    """The pages of `web/`."""
    if shutil.which("npm") is None:
        pytest.skip("the pages are built by Node.js, which is not here")
    build = subprocess.run([sys.executable, ROOT / "scripts" / "build_web.py"], check=False)
    assert build.returncode == 0


@pytest.fixture(scope="module")  # its event loop must not outlast it in this process
def chromium() -> Iterator[Browser]:
    """The browser, with a new profile of its own."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=OPTIONS)
        yield browser
        browser.close()


class Watched:
    """A page, with every request it made and everything it complained of."""

    BUSY = "[aria-busy=true]"

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def open(self, gateway: Gateway, path: str = "/dashboard") -> None:
        """The dashboard with all its parts loaded."""
        self.page.goto(f"{gateway.origin}{path}")
        expect(self.page.locator(".panel")).not_to_have_count(0)
        self.wait()

    def wait(self) -> None:
        """Until nothing is on its way any more."""
        expect(self.page.locator(self.BUSY)).to_have_count(0)

    def faults(self) -> list[tuple[str, list[str]]]:
        """What axe finds serious or critical, with where."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        # Telling of all that is well takes most of its time.
        found = self.page.evaluate(
            "axe.run({resultTypes: ['violations']}).then((result) => result.violations)"
        )
        return [
            (fault["id"], [node["html"][:200] for node in fault["nodes"]])
            for fault in found
            if fault["impact"] in ("serious", "critical")
        ]

    def foreign(self, origin: str) -> list[str]:
        """The requests that left the gateway."""
        own = (origin, "data:", f"blob:{origin}")
        return [url for url in self.requests if not url.startswith(own)]

    def violations(self) -> list[str]:
        """What the page's policy forbade."""
        found: list[str] = self.page.evaluate("window.violations")
        return found


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    context = chromium.new_context(
        viewport={"width": 1400, "height": 900}, locale="en-US", timezone_id="UTC"
    )
    context.add_init_script(WATCH_POLICY)
    context.set_default_timeout(PATIENCE_MS)
    yield Watched(context.new_page())
    context.close()
