"""The composition root: builds one running event from settings, and the web application around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, WebSocketRoute
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Receive, Scope, Send

from server.arena.arena import Arena
from server.arena.clock import Clock, WallClock
from server.arena.engines import Engine
from server.arena.proof import Proof
from server.arena.readiness import Readiness
from server.arena.room import Change, Check
from server.checks import checks
from server.domain.actors import ORGANISER
from server.domain.commands import Configure
from server.domain.errors import ArenaError, NotFound, Refused
from server.engines import Models, build_models
from server.players.autopilot import Autopilot
from server.settings import Settings
from server.store import events
from server.store.archive import EventArchive
from server.store.database import open_database
from server.store.probes import ProbeBook
from server.store.writer import Writer
from server.web import (
    adapter_posts,
    api,
    desk_posts,
    engines_page,
    judging_page,
    latencies_page,
    organise_posts,
    pages,
    patterns,
    results_page,
)
from server.web.ballot_posts import PATH as BALLOTS
from server.web.ballot_posts import BallotPost
from server.web.house import House
from server.web.hub import Hub
from server.web.links import Generations, Links
from server.web.live import live
from server.web.painter import Painter
from server.web.replies import on_arena_error, on_http_error, on_malformed
from server.web.security import Guard
from server.web.sessions import Keys, read_secret
from server.web.statics import HashedFiles
from server.web.templating import STATIC, environment

log = structlog.get_logger(__name__)


def build_house(settings: Settings, models: Models, clock: Clock | None = None) -> House:
    """Open the store, fold the event, connect the parts. Nothing runs yet."""
    writer = Writer(open_database(settings.database))
    stored = writer.do_now(lambda connection: _chosen(events.every(connection), settings.event))
    if settings.fault and not stored.event.rehearsal:
        raise Refused(f"{stored.event.name} is no rehearsal: nothing is broken on purpose in it. Unset FINALE_FAULT.")
    archive = EventArchive(writer, stored.event.id)
    arena = Arena(
        archive,
        models.engine,
        clock or WallClock(),
        judges=models.judges,
        inspect=models.inspect,
        measure=models.agreement,
        count_tokens=models.count_tokens,
        spares=models.spares,
        stall_seconds=settings.stall_seconds,
        slow_tokens_per_second=settings.slow_tokens_per_second,
        public_url=settings.base_url,
        code=stored.code,
    )
    hub = Hub()
    generations = Generations(writer, stored.event.id)
    keys = Keys(read_secret(settings.secret_file), stored.event.id, generations, settings.link_days)
    links = Links(keys, generations, settings.base_url, stored.code)

    def show(rows: tuple[Check, ...]) -> None:
        arena.checks = rows
        arena.touch(Change.CHECKS)

    proof = Proof(ProbeBook(writer), arena.clock, settings.slow_tokens_per_second)
    engines = (models.engine, *models.spares)
    readiness = Readiness(
        lambda: [
            *checks(arena.state.event, engines, models.seats, models.canaries, settings, proof),
            *(models.intake.tasks(arena.state.event) if models.intake else ()),
        ],
        show,
    )
    made = House(settings, arena, archive, writer, hub, Painter(arena, hub), keys, links, readiness)
    if models.intake is not None:
        made.intake, arena.models = models.intake, models.intake.models
    made.forget_probes = lambda: proof.forget(models.engine)
    return made


def _chosen(stored: list[events.Stored], wanted: str) -> events.Stored:
    found = [one for one in stored if wanted in ("", one.event.id)]
    if not found:
        what = f"no event {wanted!r}" if wanted else "no event yet"
        raise NotFound(f"There is {what} in this database. `finale event list` shows them, `finale demo` makes one.")
    return found[0]


def create_app(settings: Settings, models: Models | None = None, clock: Clock | None = None) -> FastAPI:
    """The web application. `models` and `clock` are given by tests; otherwise they follow from the settings."""
    models = models or build_models(settings)
    house = build_house(settings, models, clock)
    app = FastAPI(
        title="Grand Finale arena", version="1", lifespan=_lifespan(house, models), docs_url=None, redoc_url=None
    )
    app.state.house = house
    app.state.measure = models.agreement
    app.state.templates = Jinja2Templates(env=environment())
    app.add_exception_handler(ArenaError, on_arena_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_malformed)
    for module in (
        pages,
        desk_posts,
        organise_posts,
        adapter_posts,
        judging_page,
        engines_page,
        latencies_page,
        patterns,
        results_page,
        api,
    ):
        app.include_router(module.router)
    app.router.routes.append(WebSocketRoute("/live/{screen}", live))
    app.router.routes.append(Mount("/static", HashedFiles(directory=STATIC)))
    app.add_middleware(GZipMiddleware, minimum_size=600, compresslevel=5)
    app.add_middleware(_HotRoute, ballots=BallotPost(house))
    app.add_middleware(
        Guard,
        base_url=settings.base_url,
        writes_per_second=settings.writes_per_second,
        upload_bytes=models.intake.most_bytes if models.intake else 0,
    )
    return app


class _HotRoute:
    """Takes ballots out before the router and its machinery see them."""

    def __init__(self, app: ASGIApp, ballots: BallotPost) -> None:
        self._app, self._ballots = app, ballots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hot = scope["type"] == "http" and scope["path"] == BALLOTS
        await (self._ballots if hot else self._app)(scope, receive, send)


def _lifespan(house: House, models: Models):  # type: ignore[no-untyped-def]
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        background: set[asyncio.Task[object]] = set()

        def soon(work) -> None:  # type: ignore[no-untyped-def]
            task = asyncio.create_task(work)
            background.add(task)
            task.add_done_callback(background.discard)

        autopilot = Autopilot(house)
        house.set_bots = autopilot.set
        house.probe_soon = lambda: soon(house.readiness.run())
        house.probe_again = lambda kinds: soon(_probe_again(house, kinds))
        house.arena.on_briefing = lambda: soon(house.readiness.run(("engine", "adapter-")))
        await house.arena.start()
        await _freeze_judges(house, models)
        house.painter.start()
        soon(_warm(house, models))
        try:
            yield
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await autopilot.close()
            await house.painter.close()
            await house.arena.close()
            await models.close()
            house.writer.close()

    return lifespan


async def _freeze_judges(house: House, models: Models) -> None:
    """Until the first round is opened, a judge of the event is as this server has it; from then on it is frozen."""
    event, here = house.arena.state.event, {seat.name: seat for seat in models.seats}
    frozen = tuple(here.get(seat.name, seat) for seat in event.judges)
    if not models.known or house.arena.state.is_locked or frozen == event.judges:
        return
    try:
        await house.arena.submit(Configure(replace(event, judges=frozen)), ORGANISER)
    except ArenaError as error:  # the board says that they differ; the show can still be prepared
        log.error("judges not frozen anew", error=str(error))


async def _probe_again(house: House, kinds: tuple[str, ...]) -> None:
    """After a change: a run under way may have looked at what was before, so it is waited for and does not count."""
    await house.readiness.run(())
    await house.readiness.run(kinds)


async def _start(engine: Engine) -> None:
    """Beside the others: a spare must not wait for an engine that takes minutes, least of all after a crash."""
    try:
        await engine.start()
    except Exception as error:  # the board says it in words; the show can still be prepared
        log.error("engine did not start", engine=engine.name, error=str(error))


async def _warm(house: House, models: Models) -> None:
    """Start the engines and fill the board, while the pages are up already."""
    reading = asyncio.to_thread(models.count_tokens, "")  # a large tokenizer must not be read at the first attempt
    await asyncio.gather(reading, *(_start(engine) for engine in models.engines))
    if models.intake is not None:
        await models.intake.engines_started(house.arena.state.event)
    await house.readiness.run()
