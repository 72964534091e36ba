"""The small JS modules, on a trial page with a socket of its own, in a real browser under the real policy."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Form, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from jinja2 import StrictUndefined
from playwright.sync_api import Browser, Page, expect, sync_playwright

from server.web import patterns

ROOT = Path(__file__).parents[2]
CSP = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(p).exists()), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="no Chromium here")]

TRIAL = """
{% extends "layouts/page.html" %}
{% from "components/button.html" import button %}
{% from "components/clock.html" import clock %}
{% from "components/dialog.html" import dialog %}
{% from "components/slider.html" import slider %}
{% from "components/standings.html" import standings %}
{% set screen = "trial" %}{% set night = true %}{% set live_url = "/live/test" %}
{% set components = ["clock", "fit", "lane-card", "slider", "dialog", "bar", "standings"] %}
{% set modules = ["fit", "pages", "slider", "dialog", "bar", "glide", "shortcuts"] %}
{% block styles %}<link rel="stylesheet" href="/trial.css">{% endblock %}
{% block main %}
{{ clock(size="hero") }}
<div id="region">first</div>
<form id="good" hx-post="/trial/good" hx-target="#answer">
{{ slider("accuracy", "Accuracy") }}{{ button("Send", busy="Sending …") }}<div data-error></div></form>
<form id="refused" hx-post="/trial/refused" hx-target="#answer">
{{ button("Refused", keys="R") }}<div data-error></div></form>
<div id="answer"></div>
{{ button("Void", type="button", attrs={"data-opens": "void"}) }}
{{ dialog("void", "Void?", action="/trial/good", label="Void it", reason=true) }}
{{ standings(ranks) }}
<div class="lanes of-1 trial-lane"><article class="lane-card" data-fit-pages><div></div><div class="lane-state"></div>
<div class="lane-card-body"><div id="fit" class="fit" data-fit data-fit-max="2.6">
<div id="fit-text" class="fit-text" data-fit-text></div></div></div></article></div>
{% endblock %}
"""
SIZES = ".trial-lane { width: 300px; height: 340px }"


class Room:
    """The sockets of /live/test; frames are sent from the test's thread."""

    def __init__(self) -> None:
        self.sockets: list[WebSocket] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        self.opened = 0

    def send(self, **frame: Any) -> None:
        self._do(self._send(json.dumps({"now": now()} | frame)))

    def drop(self, code: int = 1012) -> None:
        self._do(self._drop(code))

    async def _send(self, text: str) -> None:
        for socket in list(self.sockets):
            await socket.send_text(text)

    async def _drop(self, code: int) -> None:
        for socket in list(self.sockets):
            await socket.close(code)

    def _do(self, coroutine: Any) -> None:
        assert self.loop
        asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(5)


def now() -> int:
    return int(time.time() * 1000)


def trial_app(room: Room) -> FastAPI:
    app = FastAPI()
    app.state.templates = Jinja2Templates(directory=ROOT / "templates")
    app.state.templates.env.undefined = StrictUndefined
    app.state.templates.env.globals["static"] = lambda path: f"/static/{path}"
    app.include_router(patterns.router)
    app.mount("/static", StaticFiles(directory=ROOT / "static"))

    @app.get("/trial")
    def page(request: Request) -> HTMLResponse:
        made = app.state.templates.env.from_string(TRIAL)
        return HTMLResponse(made.render(request=request, ranks=patterns.ranks(3)))

    @app.get("/trial.css")
    def sizes() -> Response:
        return Response(SIZES, media_type="text/css")

    @app.post("/trial/{answer}")
    async def answer(answer: str, accuracy: str = Form(""), reason: str = Form("")) -> HTMLResponse:
        await asyncio.sleep(0.3)
        if answer == "refused":
            return HTMLResponse('<p class="error" role="alert">The round has ended.</p>', status_code=409)
        return HTMLResponse(f"<p>Got {accuracy or reason or 'nothing'}</p>")

    @app.websocket("/live/test")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        room.loop, room.opened = asyncio.get_running_loop(), room.opened + 1
        room.sockets.append(socket)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            room.sockets.remove(socket)

    @app.middleware("http")
    async def policy(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["content-security-policy"] = CSP
        return response

    return app


@pytest.fixture(scope="module")
def room() -> Room:
    return Room()


@pytest.fixture(scope="module")
def address(room: Room) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(trial_app(room), port=0, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str, room: Room) -> Iterator[Page]:
    """The trial page, connected, with nothing in its console that a policy or a module complained about."""
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    page.goto("/trial")
    expect(page.locator("body")).to_have_attribute("data-connected", "yes")
    yield page
    assert complaints == []
    context.close()


def part(target: str, html: str, swap: str = "innerHTML") -> str:
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{html}</hx-partial>'


# — live.js ——————————————————————————————————————————————————————————————————————————————————————————


def test_a_frame_swaps_its_content_and_dates_the_body(page: Page, room: Room) -> None:
    room.send(seq=7, phase="prompting", round="3.1", content=part("#region", "<b>second</b>"))
    expect(page.locator("#region b")).to_have_text("second")
    for key, value in {"seq": "7", "phase": "prompting", "round": "3.1", "paused": "no"}.items():
        expect(page.locator("body")).to_have_attribute(f"data-{key}", value)


def test_a_heartbeat_changes_nothing(page: Page, room: Room) -> None:
    room.send(seq=8, phase="judging", content=part("#region", "kept"))
    room.send()
    room.send(seq=9)
    expect(page.locator("body")).to_have_attribute("data-seq", "9")
    expect(page.locator("body")).to_have_attribute("data-phase", "judging")
    expect(page.locator("#region")).to_have_text("kept")


def test_a_dropped_socket_comes_back_by_itself(page: Page, room: Room) -> None:
    before = room.opened
    room.drop()
    expect(page.locator("body")).to_have_attribute("data-connected", "no")
    expect(page.locator("body")).to_have_attribute("data-connected", "yes")
    assert room.opened == before + 1
    expect(page.locator("#connection")).to_be_hidden()


def test_a_lost_network_is_said_in_words_and_so_is_its_return(page: Page, room: Room) -> None:
    banner = page.locator("#connection")
    page.context.set_offline(True)
    expect(banner).to_have_attribute("role", "alert")
    expect(banner).to_contain_text("No network")
    expect(banner).to_be_in_viewport()
    page.context.set_offline(False)
    expect(banner).to_contain_text("Connected again")


def test_a_link_taken_back_is_said_and_not_tried_again(page: Page, room: Room) -> None:
    before = room.opened
    room.drop(4401)
    expect(page.locator("#connection")).to_contain_text("fresh one")
    page.wait_for_timeout(1200)
    assert room.opened == before


# — clock.js —————————————————————————————————————————————————————————————————————————————————————————


def test_the_clock_counts_by_the_servers_time(page: Page, room: Room) -> None:
    skew = 3_600_000
    room.send(seq=1, phase="prompting", now=now() + skew, ends_at=now() + skew + 42_300, total=60_000, content="")
    digits = page.locator("#clock [data-clock-digits]")
    expect(digits).to_have_text("0:43")
    expect(digits).to_have_text("0:42")
    expect(page.locator("#clock")).not_to_have_class("is-last")


def test_the_last_ten_seconds_wear_the_accent_and_the_bell_is_spoken(page: Page, room: Room) -> None:
    room.send(seq=1, phase="prompting", ends_at=now() + 6100, content="")
    expect(page.locator("body")).to_have_class("screen-trial night is-last")
    voice = page.locator("[data-clock-say]")
    expect(voice).to_have_text("5 seconds left")
    expect(voice).to_have_text("Time is up.", timeout=8000)
    expect(page.locator("#clock [data-clock-digits]")).to_have_text("0:00")


def test_a_held_clock_stands_still_and_says_so(page: Page, room: Room) -> None:
    room.send(seq=1, phase="prompting", paused=True, ends_at=None, remaining=25_000, content="")
    expect(page.locator("#clock [data-clock-digits]")).to_have_text("0:25")
    expect(page.locator(".clock-held")).to_be_visible()
    room.send(seq=2, phase="prompting", paused=False, ends_at=now() + 25_000, remaining=None, content="")
    expect(page.locator(".clock-held")).to_be_hidden()


# — fit.js, pages.js —————————————————————————————————————————————————————————————————————————————————

LENGTHS = [3, 40, 200, 450, 900, 3000]


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


# — forms.js, slider.js, dialog.js, shortcuts.js, glide.js ———————————————————————————————————————————


def test_a_form_is_shut_and_says_so_while_it_is_sent(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    button = page.locator("#good .button")
    button.dblclick()
    expect(button).to_be_disabled()
    expect(button).to_have_text("Sending …")
    expect(page.locator("#answer")).to_have_text("Got nothing")
    expect(button).to_be_enabled()
    expect(button).to_have_text("Send")
    assert len(sent) == 1


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


# — the living page ——————————————————————————————————————————————————————————————————————————————————


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
