"""A live server that takes models in, on a tiny base of real files; and sound models to hand in."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import httpx

from models.catalogue import Catalogue, load_catalogue
from models.scripted import ScriptedEngine
from server.domain.event import Event, Finalist
from server.intake import Intake, shelf_of, with_stock
from server.settings import Settings
from tests import stagehand
from tests.live.server import LiveServer
from tests.models import tiny

MB = 2**20


def models_folder(root: Path) -> Path:
    """A folder with catalogue.json, a tiny base, f0 to f4, and f5 to be handed in."""
    tiny.make_catalogue(root)
    tiny.make_adapter(root / "base", root / "adapters" / "f5", seed=55, rank=8)
    return root


def event_of(catalogue: Catalogue) -> Event:
    """The stagehand's event, each finalist with an adapter of the catalogue."""
    made = stagehand.event()
    pairs = zip(made.finalists, catalogue.adapters, strict=True)
    finalists = tuple(replace(one, adapter=a.engine_name, adapter_sha256=a.sha256) for one, a in pairs)
    return replace(made, finalists=finalists)


def hall(folder: Path, models: Path, **changes: object) -> LiveServer:
    """The server, not started; its shelf lies in `folder`/adapters."""
    catalogue = load_catalogue(models / "catalogue.json")

    def take_in(settings: Settings, engine: ScriptedEngine) -> Intake:
        shelf = shelf_of(settings, catalogue)
        stock = shelf.stock()
        stocked = with_stock(catalogue, stock)
        for adapter in stocked.adapters:
            engine.scripts.setdefault(adapter.engine_name, next(iter(engine.scripts.values())))
        return Intake(shelf, (engine,), stocked, stock.problems)

    settings = {"adapters_dir": folder / "adapters", "models_dir": models, **changes}
    return LiveServer(folder, event_of(catalogue), settings, take_in)


def a_zip_of(folder: Path, *, without: str = "", **more: bytes) -> bytes:
    """The folder as a zip, in memory; `more` adds files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            if file.name != without:
                archive.write(file, f"mine/{file.name}")
        for name, data in more.items():
            archive.writestr(f"mine/{name}", data)
    return made.getvalue()


def post_model(client: httpx.Client, path: str, data: bytes, name: str = "mine.zip", **headers: str) -> httpx.Response:
    """The file as a browser posts it; redirects are not followed."""
    return client.post(path, files={"file": (name, data)}, headers=headers, follow_redirects=False)


HTMX = {"hx-request": "true"}


def plays(server: LiveServer, who: str = "farah") -> Finalist:
    """The finalist as the event has them now."""
    return next(one for one in server.house.arena.state.event.finalists if one.id == who)


def on_board(server: LiveServer, key: str) -> str:
    """The colour of a row of the readiness board."""
    return next((check.level for check in server.house.readiness.rows if check.key == key), "")
