"""A run's page opened from the disk in a real Chromium: it fits every width, reads out its curves, and calls nobody."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import FLAGS, NAMES
from tests.training.runs.made_up import a_record, a_run
from training.runs.record import append_sample
from training.runs.run_page import write_run_page

pytestmark = pytest.mark.browser
LONG = "a-name-without-any-place-to-break-" * 6


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The page of a run whose every text is longer than a phone is wide; `complaints` gathers what the browser says."""
    from playwright.sync_api import sync_playwright

    settings = {"target_modules": [LONG, LONG], LONG: LONG}
    record = a_record(1, name=LONG, entrant=LONG, reason=LONG, settings=settings, overfitting_since=30)
    folder = a_run(tmp_path_factory.mktemp("runs") / "run", record, steps=60)
    append_sample(folder, 60, LONG, LONG + "<script>document.title = 'taken'</script>")
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        opened = browser.new_page()
        opened.complaints = []
        opened.on("console", lambda message: opened.complaints.append(message.text))
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.on("request", lambda asked: asked.url.startswith("file:") or opened.complaints.append(asked.url))
        opened.goto(write_run_page(folder).as_uri())
        yield opened
        browser.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(page: Any, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.complaints == []


def test_texts_have_contrast_enough_by_day_and_by_night(page: Any) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        ratios = page.evaluate(CONTRASTS)
        assert len(ratios) > 10
        assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}


def test_the_pointer_reads_the_values_of_a_step(page: Any) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    plot = page.locator(".big .plot")
    plot.hover(position={"x": 5, "y": 50})
    assert "step 1\n" in page.locator(".reading").inner_text() + "\n"
    box = plot.bounding_box()
    plot.hover(position={"x": box["width"] - 3, "y": 50})
    words = page.locator(".reading").inner_text()
    assert "step 60" in words
    assert "training loss" in words
    assert "validation loss" in words


def test_the_arrow_keys_walk_along_a_curve(page: Any) -> None:
    page.mouse.move(0, 0)
    page.locator(".big .plot").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "step 3" in page.locator(".reading").inner_text()
    page.keyboard.press("ArrowLeft")
    assert "step 2" in page.locator(".reading").inner_text()
    page.locator(".big .plot").blur()
    assert page.locator(".reading").count() == 0


def test_what_the_model_said_is_not_run(page: Any) -> None:
    assert page.title() != "taken"
    assert page.complaints == []


CONTRASTS = """() => {
  const light = (rgb) => {
    const [r, g, b] = rgb.match(/[\\d.]+/g).slice(0, 3).map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!colour.endsWith(", 0)") && colour !== "transparent") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = {};
  for (const one of document.querySelectorAll("h1, h2, p, dt, dd, small, th, td, li, span, code, summary, b")) {
    if (!one.textContent.trim() || !one.checkVisibility()) continue;
    const [text, back] = [light(getComputedStyle(one).color), light(ground(one))];
    const ratio = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
    const name = `${one.tagName}.${one.className}`;
    found[name] = Math.min(found[name] ?? 99, ratio);
  }
  return found;
}"""
