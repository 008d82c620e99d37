"""Debian's Chromium, driven by Playwright, and the pages it is shown."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A page tells of everything that its policy forbids, from its first moment on.
WATCH_POLICY = """window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));"""


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
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    context.add_init_script(WATCH_POLICY)
    context.set_default_timeout(60_000)
    yield Watched(context.new_page())
    context.close()
