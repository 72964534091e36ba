"""One Chromium for a module; it is told to reach nothing but this machine."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import stagehand
from tests.browser.hall import Hall
from tests.live.server import LiveServer

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed after each module: while it is open, no other test of the session can run an event loop."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A show of one question, so that it can be played to its champion."""
    event = stagehand.event()
    running = LiveServer(tmp_path, event=replace(event, questions=event.questions[:1])).start()
    yield running
    running.stop()


@pytest.fixture
def hall(browser: Browser, server: LiveServer) -> Iterator[Hall]:
    made = Hall(browser, server)
    yield made
    for context in made.contexts:
        context.close()
    assert made.complaints == []
