"""The stage and the desk in a real Chromium: text stays in its place at every size; nobody is shut out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.gallery_stage import CHROMIUM, STAGE_SIZES, served
from tests.web.stage_states import DESK_STATES, STATES

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent
SEEN_TEXT = (HERE / "seen_text.js").read_text()
AXE = HERE.parent / "vendor" / "axe.min.js"
SETTLE_MS = 100
PATIENCE = 30


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        launched = play.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
        yield launched
        launched.close()


def opened(browser: Browser, url: str, size: tuple[int, int], scheme: str = "dark") -> Page:
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page.goto(url)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(SETTLE_MS)
    return page


@pytest.mark.parametrize("name", STATES)
def test_no_text_of_the_stage_leaves_its_place(name: str, browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/stage/{name}", STAGE_SIZES[0])
    for width, height in STAGE_SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert out_of_place(page) == [], f"{width} × {height}"
    page.close()


def out_of_place(page: Page) -> list[str]:
    """Text that is out of its place and stays so: text that is being fitted gets a moment."""
    found: list[str] = page.evaluate(SEEN_TEXT)
    for _ in range(PATIENCE):
        if not found:
            break
        page.wait_for_timeout(SETTLE_MS)
        found = page.evaluate(SEEN_TEXT)
    return found


def test_the_numerals_of_the_clock_are_a_ninth_of_the_height(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/stage/prompting", (1280, 720))
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('#clock')).fontSize)")
    capital = 0.7  # cap height of the display face, in em
    assert size * capital >= 720 / 9
    page.close()


@pytest.mark.parametrize("name", ["welcome", "prompting-long", "judging-long", "sealed", "rejudged", "champion"])
def test_the_desk_never_scrolls_sideways(name: str, browser: Browser, address: str) -> None:
    for width in (1280, 1440, 1920):
        page = opened(browser, f"{address}/organise/{name}", (width, 900), "light")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["organise/judging", "organise/rejudged", "stage/prompting", "stage/standings"])
def test_axe_finds_nothing(path: str, scheme: str, browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/{path}", (1440, 900), scheme)
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run({iframes: false}).then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    )
    assert found == []
    page.close()


def test_every_dialog_opens_filled_and_closes(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/organise/sealed", (1440, 900), "light")
    page.get_by_role("button", name="Correct a mark of Farah").click()
    assert page.locator("#correct-finalist").input_value() == "finalist-2"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Fresh link for Arjun").click()
    assert page.locator("#link-dialog input[name=who]").input_value() == "finalist-1"
    page.get_by_role("button", name="Cancel").locator("visible=true").click()
    assert page.locator("dialog[open]").count() == 0
    page.close()


def test_every_state_of_the_desk_is_known_to_the_gallery() -> None:
    assert set(DESK_STATES).isdisjoint(STATES)
