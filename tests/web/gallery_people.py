"""Looks at every state of the people's screens: serves them, takes screenshots. Not a test.

`python -m tests.web.gallery_people OUT [FILTER]` writes PNGs; `--serve PORT` only serves them.
"""

import asyncio
import sys
from pathlib import Path

import uvicorn
from playwright.async_api import Browser, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.web.screens._play_desk import restored
from server.web.screens.vote import receipt
from server.web.templating import STATIC, draw
from server.web.words import LANGUAGES, words_in
from tests.web.scenes_people import Scene, expert_scenes, finalist_scenes, page, phone_scenes

CSP = "default-src 'self'; img-src 'self' data:; connect-src 'self' ws:; base-uri 'none'"
SIZES = {
    "play": ((1280, 720), (1440, 900)),
    "score": ((820, 1180), (1180, 820)),
    "vote": ((390, 844), (320, 568)),
    "join": ((390, 844),),
}
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def scenes() -> dict[str, Scene]:
    """Path → scene."""
    named = {f"play/{name}": scene for name, scene in finalist_scenes().items()}
    named |= {f"score/{name}": scene for name, scene in expert_scenes().items()}
    named |= {f"vote/{name}": scene for name, scene in phone_scenes().items()}
    for lang in LANGUAGES:
        for name in ("welcome", "vote", "voted", "counted", "result"):
            named[f"vote/{lang}-{name}"] = phone_scenes(lang)[name]
    return {path.replace(" ", "-"): scene for path, scene in named.items()}


def application(posted: list[tuple[str, list[tuple[str, str]]]] | None = None) -> Starlette:
    """The gallery. What is posted is appended to `posted`."""
    found = scenes()
    heard = posted if posted is not None else []

    async def show(request: Request) -> Response:
        path = request.path_params["path"]
        if path == "join":
            return HTMLResponse(draw("vote/join.html", {"w": words_in("en"), "error": "That code is not of tonight."}))
        headers = {"Content-Security-Policy": CSP}
        return HTMLResponse(page(found[path]), headers=headers) if path in found else Response(status_code=404)

    async def take(request: Request) -> Response:
        form = await request.form()
        heard.append((request.url.path, [(name, str(value)) for name, value in form.multi_items()]))
        if request.url.path == "/vote/ballot":
            lane = found["vote/vote"].room.state.event.lane(str(form["choice"])) if "choice" in form else -1
            return HTMLResponse(receipt(draw, lane, "en"))
        return JSONResponse({"saved": True}) if request.url.path == "/score/card" else Response(status_code=204)

    async def editor(request: Request) -> Response:
        scene = found["play/last-seconds"]
        attempt = restored(scene.room, "farah", request.query_params["attempt"])
        return HTMLResponse(draw("play/editor.html", {"c": attempt}))

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json({"seq": 1})
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            return

    return Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/play/editor", editor),
            WebSocketRoute("/live/{screen}", live),
            Route("/{path:path}", take, methods=["POST"]),
            Route("/{path:path}", show),
        ]
    )


async def _shoot(browser: Browser, base: str, path: str, out: Path) -> None:
    for width, height in SIZES[path.partition("/")[0]]:
        schemes = ("dark",) if path.startswith("play") else ("light",) if width == 320 else ("light", "dark")
        for scheme in schemes:
            viewport = {"width": width, "height": height}
            view = await browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
            tab = await view.new_page()
            tab.on("console", lambda m, path=path: print(path, m.text) if m.type == "error" else None)
            tab.on("pageerror", lambda e, path=path: print(path, "PAGE ERROR", e))
            await tab.goto(f"{base}/{path}")
            await tab.wait_for_timeout(350)
            wide = await tab.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                print(path, width, f"OVERFLOWS by {wide}px")
            name = f"{path.replace('/', '-')}-{width}-{scheme}"
            await tab.screenshot(path=str(out / f"{name}.png"))
            if scheme == schemes[0]:
                await tab.screenshot(path=str(out / f"{name}-full.png"), full_page=True)
            await view.close()


async def main(out: Path, wanted: str) -> None:
    """Serve, shoot, stop."""
    server = uvicorn.Server(uvicorn.Config(application(), port=0, log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    out.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for path in [*scenes(), "join"]:
            if wanted in path:
                await _shoot(browser, base, path, out)
        await browser.close()
    server.should_exit = True
    await task


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        uvicorn.run(application(), port=int(sys.argv[2]))
    else:
        asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
