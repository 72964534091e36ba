"""forms.js, slider.js, dialog.js, shortcuts.js, glide.js, bar.js, confetti.js."""

from fastapi.templating import Jinja2Templates
from playwright.sync_api import Browser, Page, Route, expect

from server.web import patterns
from tests.web.modules.conftest import ROOT, Room, part


def test_a_form_is_shut_and_says_so_while_it_is_sent(page: Page) -> None:
    held: list[Route] = []
    page.route("**/trial/good", lambda route: held.append(route))
    button = page.locator("#good .button")
    button.dblclick()
    expect(button).to_be_disabled()
    expect(button).to_have_text("Sending …")
    held[0].continue_()
    expect(page.locator("#answer")).to_have_text("Got nothing")
    expect(button).to_be_enabled()
    expect(button).to_have_text("Send")
    assert len(held) == 1


def test_a_refusal_lands_beside_the_form_and_leaves_the_page_alone(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.locator("#refused [data-error]")).to_have_text("The round has ended.")
    expect(page.locator("#answer")).to_be_empty()


def test_what_could_not_be_sent_says_so(page: Page) -> None:
    page.route("**/trial/good", lambda route: route.abort())
    page.locator("#good .button").click()
    expect(page.locator("#good [data-error]")).to_contain_text("Not sent")
    page.unroute("**/trial/good")
    page.locator("#good .button").click()
    expect(page.locator("#answer")).to_have_text("Got nothing")
    expect(page.locator("#good [data-error]")).to_be_empty()


def test_a_draft_that_saves_itself_is_never_held_back(page: Page) -> None:
    page.locator("main > textarea").press_sequentially("Speak like an auntie", delay=30)
    expect(page.locator("#answer")).to_have_text("Got Speak like an auntie")


def test_a_slider_sends_nothing_until_touched_then_half_points(page: Page) -> None:
    number, more = page.locator(".slider-number"), page.locator("[data-slider-step='1']")
    expect(number).to_have_text("–")
    more.click()
    expect(number).to_have_text("5.0")
    more.click()
    expect(number).to_have_text("5.5")
    page.locator("#good .button").click()
    expect(page.locator("#answer")).to_have_text("Got 5.5")


def test_a_dialog_asks_for_a_reason_and_closes_on_success(page: Page) -> None:
    page.locator("[data-opens]").click()
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator("textarea")).to_be_focused()
    dialog.locator(".button", has_text="Void it").click()
    expect(dialog).to_be_visible()
    dialog.locator("textarea").fill("The projector failed.")
    dialog.locator(".button", has_text="Void it").click()
    expect(dialog).to_be_hidden()


COUNT_GLIDES = """document.addEventListener('htmx:after:swap', () => {
  window.moving = document.getAnimations().filter(one => !(one instanceof CSSTransition)).length
})"""


def test_ranks_glide_to_their_new_place(page: Page, room: Room, address: str) -> None:
    order = "#standings > li:nth-child(1)"
    expect(page.locator(order)).to_have_attribute("data-glide-key", "finalist-0")
    swapped = list(reversed(patterns.ranks(3)))
    template = "{% from 'components/standings.html' import standings %}{{ standings(ranks) }}"
    env = Jinja2Templates(directory=ROOT / "templates").env
    html = env.from_string(template).render(ranks=swapped)
    page.evaluate(COUNT_GLIDES)
    room.send(seq=1, content=part("#standings", html, "outerMorph"))
    expect(page.locator(order)).to_have_attribute("data-glide-key", "finalist-2")
    assert page.evaluate("window.moving") == 2


def test_bars_grow_to_their_share_and_survive_a_morph(page: Page, room: Room) -> None:
    shares = "[...document.querySelectorAll('[data-bar]')].map(bar => bar.style.getPropertyValue('--bar-share'))"
    assert page.evaluate(shares) == ["1", "0.92", "0.84"]
    template = "{% from 'components/standings.html' import standings %}{{ standings(ranks) }}"
    html = Jinja2Templates(directory=ROOT / "templates").env.from_string(template).render(ranks=patterns.ranks(3))
    room.send(seq=1, content=part("#standings", html.replace('data-value="0.84"', 'data-value="0.5"'), "outerMorph"))
    expect(page.locator("[data-bar]").last).to_have_attribute("data-value", "0.5")
    assert page.evaluate(shares) == ["1", "0.92", "0.5"]


DROP_CONFETTI = """async () => {
  document.body.append(Object.assign(document.createElement('p'), {id: 'champion'}));
  document.getElementById('champion').dataset.confetti = 'event-1';
  await import('/static/js/confetti.js');
  return document.querySelectorAll('canvas.confetti').length;
}"""


def test_confetti_falls_once_and_not_for_those_who_want_calm(browser: Browser, address: str) -> None:
    for motion, falls in (("no-preference", 1), ("reduce", 0)):
        context = browser.new_context(base_url=address, reduced_motion=motion, bypass_csp=True)
        page = context.new_page()
        page.goto("/trial")
        assert page.evaluate(DROP_CONFETTI) == falls
        page.reload()
        assert page.evaluate(DROP_CONFETTI) == 0
        context.close()
