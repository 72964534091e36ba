"""A gallery of the stage and the organiser's desk in every state: a small server, and screenshots to look at.

python -m tests.web.gallery_stage shots DIR [FILTER]     screenshots at all sizes
python -m tests.web.gallery_stage serve                  the same pages at http://127.0.0.1:8899/stage/welcome
"""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from server.arena.room import Room
from server.web.keys import OrganiserKey, StageKey
from server.web.regions import Region, render
from server.web.screens import organise, stage
from server.web.templating import draw, static
from tests.web.stage_states import DESK_STATES, STATES

ROOT = Path(__file__).parents[2]
PORT = 8899
CHROMIUM = {
    "executable_path": "/usr/bin/chromium",
    "args": [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
}  # fmt: skip
STAGE_SIZES = ((1280, 720), (1920, 1080), (3840, 2160))
DESK_SIZES = ((1440, 900, "light"), (1440, 900, "dark"), (1920, 1080, "light"))
SECURITY = "default-src 'self'; frame-ancestors 'self'; style-src 'self'; script-src 'self'"


def tree(screen: str, name: str, now: int = 0) -> Region:
    """The regions of one state."""
    room: Room = {**STATES, **DESK_STATES}[name]()
    return stage.build(room, StageKey(), now) if screen == "stage" else organise.build(room, OrganiserKey(), now)


def page(screen: str, name: str, **more: Any) -> str:
    """The whole page of one state."""
    root = tree(screen, name)
    now = {**STATES, **DESK_STATES}[name]().state.rounds
    opened = now[-1].opened_at if now else 0
    html = render(root, draw)
    variables = {"screen_html": html, "live_url": "", "now": opened + 23_000, **more}
    drawn = draw(f"{screen}/page.html", variables)
    return drawn.replace("</head>", f'<script src="{static("js/clock.js")}" type="module"></script></head>')


def app() -> Starlette:
    async def show(request: Request) -> HTMLResponse:
        name = request.path_params.get("name", request.cookies.get("state", "prompting"))
        screen = request.path_params.get("screen", "stage")
        headers = {"Content-Security-Policy": SECURITY}
        return HTMLResponse(page(screen, name, mini=True), headers=headers)

    return Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=ROOT / "static")),
            Route("/stage", show),
            Route("/{screen}/{name}", show),
        ]
    )


@contextmanager
def served() -> Iterator[str]:
    """The gallery on a thread of its own and a free port; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app(), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
        assert thread.is_alive(), "the gallery did not start"
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


async def shots(folder: Path, wanted: str) -> None:
    """A picture of every state that has `wanted` in its name, at every size."""
    from playwright.async_api import async_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with served() as address:
        async with async_playwright() as play:
            browser = await play.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
            for screen, name, width, height, scheme in _pictures(wanted):
                context = await browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
                )
                await context.add_cookies([{"name": "state", "value": name, "url": address}])
                tab = await context.new_page()
                tab.on("console", lambda said, n=name: print(n, said.text) if said.type == "error" else None)
                await tab.goto(f"{address}/{screen}/{name}")
                await tab.wait_for_timeout(700)
                await tab.screenshot(path=folder / f"{screen}-{name}-{width}{scheme if screen != 'stage' else ''}.png")
                await context.close()
            await browser.close()


def _pictures(wanted: str) -> Iterator[tuple[str, str, int, int, str]]:
    for name in STATES:
        for width, height in STAGE_SIZES:
            if wanted in f"stage-{name}-{width}":
                yield "stage", name, width, height, "dark"
    for name in {**STATES, **DESK_STATES}:
        for width, height, scheme in DESK_SIZES:
            if wanted in f"organise-{name}-{width}{scheme}":
                yield "organise", name, width, height, scheme


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        uvicorn.run(app(), port=PORT)
    else:
        asyncio.run(shots(Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))
