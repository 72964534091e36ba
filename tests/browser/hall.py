"""A hall full of browsers, with a vocabulary: open a screen, write a prompt, vote, mark, press the next step."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from server.domain.actors import Role
from tests.live.server import CODE, LiveServer

SIZES = {
    "organise": (1440, 900),
    "stage": (1920, 1080),
    "play": (1440, 900),
    "score": (1180, 820),
    "vote": (390, 844),
}


class Hall:
    """Opens screens, each in a browser context of its own, and notes what their consoles complain about."""

    def __init__(self, browser: Browser, server: LiveServer) -> None:
        self._browser, self._server = browser, server
        self.complaints: list[str] = []
        self.contexts: list[BrowserContext] = []

    def open(self, screen: str, address: str) -> Page:
        width, height = SIZES[screen]
        context = self._browser.new_context(viewport={"width": width, "height": height})
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{screen}: {error}"))
        page.on("console", lambda said: self._note(screen, said))
        page.goto(address)
        self.connected(page)
        return page

    def _note(self, screen: str, said: Any) -> None:
        offline = "ERR_INTERNET_DISCONNECTED" in said.text or "WebSocket connection" in said.text
        if said.type == "error" and not offline:
            self.complaints.append(f"{screen}: {said.text}")

    def connected(self, page: Page) -> None:
        """Wait until the live socket is there."""
        expect(page.locator("body[data-connected=yes]")).to_be_attached(timeout=10_000)

    def organiser(self) -> Page:
        return self.open("organise", self._server.link(Role.ORGANISER, "organiser"))

    def stage(self) -> Page:
        return self.open("stage", self._server.link(Role.STAGE, "stage"))

    def finalist(self, who: str) -> Page:
        return self.open("play", self._server.link(Role.FINALIST, who))

    def expert(self, who: str) -> Page:
        return self.open("score", self._server.link(Role.EXPERT, who))

    def phone(self) -> Page:
        return self.open("vote", f"{self._server.url}/vote?c={CODE}")


def next_step(organiser: Page, label: str) -> None:
    """Press the one large button, which must say `label`."""
    button = organiser.locator(".now-step button")
    expect(button).to_contain_text(label, timeout=10_000)
    button.click()


def phase(page: Page, name: str) -> None:
    """Wait until this screen knows the phase."""
    expect(page.locator(f"body[data-phase={name}]")).to_be_attached(timeout=10_000)


def write_and_generate(play: Page, prompt: str) -> None:
    """Type a system prompt and press Ctrl+Enter."""
    box = play.get_by_label("System prompt")
    box.fill(prompt)
    box.press("Control+Enter")


def screenshot(page: Page, folder: Path | None, name: str) -> None:
    """Keep a picture where a folder was asked for."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png")
