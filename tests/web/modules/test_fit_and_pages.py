"""fit.js and pages.js: text of any length stays in its lane."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.web.modules.conftest import Room, part


def overflows(page: Page) -> dict[str, Any]:
    return dict(
        page.evaluate(
            """() => { const box = document.querySelector('#fit'), text = box.firstElementChild;
            return { size: parseFloat(getComputedStyle(box).fontSize), wide: text.scrollWidth > box.clientWidth + 1,
              tall: text.scrollHeight > box.clientHeight + 1, floor: box.hasAttribute('data-js-floor'),
              pages: getComputedStyle(document.querySelector('.lane-state'), '::after').content } }"""
        )
    )


def settle(page: Page) -> dict[str, Any]:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return overflows(page)


def test_text_steps_down_while_it_streams_and_is_never_cut_off(page: Page, room: Room) -> None:
    words = ("The auntie at the next table remembers every argument of 1987. " * 60).split(" ")
    sizes: list[float] = []
    for chunk in range(0, 400, 8):
        room.send(seq=chunk, content=part("#fit-text", " ".join(words[chunk : chunk + 8]) + " ", "beforeend"))
        expect(page.locator("body")).to_have_attribute("data-seq", str(chunk))
        seen = settle(page)
        assert not seen["wide"]
        assert not seen["tall"] or (seen["floor"] and "/" in seen["pages"])
        sizes.append(seen["size"])
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 40
    assert sizes[-1] == 16
    room.send(seq=999, content=part("#fit-text", "Short again."))
    expect(page.locator("#fit-text")).to_have_text("Short again.")
    assert settle(page)["size"] == sizes[0]
    assert settle(page)["pages"] == "none"


def test_a_word_wider_than_the_lane_is_broken_only_at_the_floor(page: Page, room: Room) -> None:
    room.send(seq=1, content=part("#fit-text", "x" * 300))
    expect(page.locator("#fit-text")).to_have_text("x" * 300)
    seen = settle(page)
    assert (seen["wide"], seen["floor"]) == (False, True)
