"""A headless Chromium for the tests of pages: one per run, one clean page per test, nothing from outside."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pumpparty.runtime import frontend

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}


@dataclass
class Visitor:
    """A page, what went wrong on it, and which other hosts it asked for anything."""

    page: Any
    home: str
    faults: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a path of our own server."""
        self.page.goto(self.home + path)

    def see(self, *, width: dict[str, int]) -> None:
        """Take another window size and fail on sideways scrolling."""
        self.page.set_viewport_size(width)
        wider = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{self.page.url} is {wider} px too wide at {width['width']} px"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip(
            "No Chromium on this machine: install the system's package `chromium` to run the page tests."
        )
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the player keeps an event loop in this thread

    with sync_playwright() as player:
        running = player.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def built() -> None:
    """The islands as they are in the sources now."""
    if not frontend.prepare(lambda line: None):
        pytest.skip("The npm packages cannot be fetched on this machine.")


@pytest.fixture
def visitor(browser: Any, transactional_db: None, live_server: Any) -> Iterator[Visitor]:
    page = browser.new_page(viewport=WIDE)
    visitor = Visitor(page=page, home=live_server.url)
    page.on("console", lambda said: visitor.faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    page.on("request", lambda asked: _note(visitor, asked.url))
    yield visitor
    page.close()
    assert visitor.faults == []
    assert visitor.strangers == []


def _note(visitor: Visitor, address: str) -> None:
    if not address.startswith((visitor.home, "data:", "blob:")):
        visitor.strangers.append(address)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
