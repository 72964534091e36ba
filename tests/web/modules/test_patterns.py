"""The living page at every size: nothing sticks out, nothing is too small, nothing shuts anyone out."""

import pytest
from playwright.sync_api import Browser, expect

from tests.web.modules.conftest import ROOT


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1440, 900)])
@pytest.mark.parametrize("look", ["night", "day"])
def test_patterns_hold_at_every_width_and_are_accessible(
    browser: Browser, address: str, look: str, width: int, height: int
) -> None:
    context = browser.new_context(base_url=address, viewport={"width": width, "height": height}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"/patterns?look={look}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate((ROOT / "tests" / "vendor" / "axe.min.js").read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (rule["id"], [node["target"] for node in rule["nodes"]])
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (3840, 2160)])
@pytest.mark.parametrize("lanes", [2, 5, 8])
def test_the_stage_never_scrolls_and_its_type_is_read_from_the_last_row(
    browser: Browser, address: str, lanes: int, width: int, height: int
) -> None:
    context = browser.new_context(base_url=address, viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(f"/patterns/stage?lanes={lanes}&length=6")
    expect(page.locator("[data-js-floor]").first).to_be_attached()
    floor = page.evaluate(
        "Math.min(...[...document.querySelectorAll('.lane-card *')].map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    digits = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.clock-time')).fontSize)")
    assert floor >= height / 45 - 0.1
    assert digits * 0.7 >= height / 9
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    context.close()
