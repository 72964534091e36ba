"""A trial page with a socket of its own, in a real browser under the real policy, for the small JS modules."""

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

ROOT = Path(__file__).parents[3]
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
<textarea name="reason" aria-label="Draft" hx-post="/trial/good"
  hx-trigger="input" hx-sync="this:replace" hx-target="#answer"></textarea>
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


def part(target: str, html: str, swap: str = "innerHTML") -> str:
    """A region as a frame carries it."""
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{html}</hx-partial>'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.skipif(not CHROMIUM, reason="no Chromium here"))


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
