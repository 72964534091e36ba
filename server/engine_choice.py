"""From settings to engines: the one that serves, and the spares in the order in which they step in."""

from dataclasses import dataclass

from models.catalogue import Catalogue
from models.local.engine import LocalEngine
from models.openai import OpenAIEngine
from models.openai_address import Address
from models.protocol import Engine
from server.domain.errors import Refused
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Chosen:
    """`spares` in the order in which they step in; `local` hosts the demo judge too, where one sits."""

    engine: Engine
    spares: tuple[Engine, ...]
    local: LocalEngine


def choose(settings: Settings, catalogue: Catalogue) -> Chosen:
    """The engines that the settings name, not started. Raises Refused with what to do."""
    local = LocalEngine(base=catalogue.base, adapters=catalogue.served)
    names = [name.strip() for name in settings.spare_engine.split(",") if name.strip()]
    spares = tuple(_engine(name, settings, catalogue, local) for name in names)
    return Chosen(_engine(settings.engine, settings, catalogue, local), spares, local)


def _engine(name: str, settings: Settings, catalogue: Catalogue, local: LocalEngine) -> Engine:
    if name == "local":
        return local
    if name != "openai":
        raise Refused(f"There is no engine {name!r}; choose local or openai (FINALE_ENGINE).")
    if not settings.engine_url:
        raise Refused(
            "The engine openai needs an address: set FINALE_ENGINE_URL, for example http://127.0.0.1:8001/v1."
        )
    address = Address(settings.engine_url, key_variable=settings.engine_key_env or None)
    return OpenAIEngine(address, {a.engine_name: a.engine_name for a in catalogue.adapters})
