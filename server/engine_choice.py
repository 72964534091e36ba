"""From settings to engines: the one that serves, and the spares in the order in which they step in."""

from dataclasses import dataclass
from pathlib import Path

from models.adapters import describe_base
from models.bases import find_base
from models.catalogue import Catalogue, load_catalogue
from models.faults import Fault, Faulty
from models.fleet.addresses import fleet_at
from models.local.engine import LocalEngine
from models.protocol import BASE, Engine
from models.standin import StandIn
from server.domain.errors import Refused
from server.settings import Settings
from server.vllm_choice import vllm_engine

FAULT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """`spares` in the order in which they step in; `local` hosts the demo judge too, where one sits."""

    engine: Engine
    spares: tuple[Engine, ...]
    local: LocalEngine


def catalogue_of(settings: Settings) -> Catalogue:
    """The base that the settings name with what belongs to it: the catalogue, or for another base nothing yet."""
    file = settings.models_dir / "catalogue.json"
    if not settings.base:
        return load_catalogue(file)
    folder = find_base(settings.base)
    sha256 = describe_base(folder).sha256
    if file.is_file() and (own := load_catalogue(file)).base_sha256 == sha256:
        return own
    return Catalogue(folder, sha256, adapters=(), judge=None, judge_prompt=None)


def choose(settings: Settings, catalogue: Catalogue) -> Chosen:
    """The engines that the settings name, not started. Raises Refused with what to do."""
    local = LocalEngine(base=catalogue.base, adapters=catalogue.served)
    names = [name.strip() for name in settings.spare_engine.split(",") if name.strip()]
    spares = tuple(_spare(name, settings, catalogue, local) for name in names)
    serving = _engine(settings.engine, settings, catalogue, local)
    return Chosen(_with_fault(serving, settings.fault) if settings.fault else serving, spares, local)


def _with_fault(engine: Engine, name: str) -> Engine:
    """The engine of a rehearsal in which something goes wrong, as soon as the first stream has text."""
    if name not in set(Fault):
        raise Refused(f"There is no fault {name!r}; choose one of {', '.join(Fault)} (finale rehearse --fault).")
    return Faulty(engine, Fault(name), after_streams=1, seconds=FAULT_SECONDS)


def _spare(name: str, settings: Settings, catalogue: Catalogue, local: LocalEngine) -> Engine:
    return _local_spare(settings, catalogue, local) if name == "local" else _engine(name, settings, catalogue, local)


def _local_spare(settings: Settings, catalogue: Catalogue, local: LocalEngine) -> Engine:
    """The local engine itself where it is to run the same base, else one with another base under the same names."""
    if settings.spare_models_dir.resolve() == settings.models_dir.resolve():
        return local
    other = load_catalogue(settings.spare_models_dir / "catalogue.json")
    if other.base_sha256 == catalogue.base_sha256:
        return local
    own = {adapter.id: adapter.engine_name for adapter in other.adapters}
    names = {adapter.engine_name: own.get(adapter.id, BASE) for adapter in catalogue.adapters}
    kind = "smaller" if _bytes_of(other.base) < _bytes_of(catalogue.base) else "another"
    return StandIn(LocalEngine(base=other.base, adapters=other.served), names, name=f"local ({kind} base)")


def _bytes_of(base: Path) -> int:
    return sum(file.stat().st_size for file in base.glob("*.safetensors"))


def _engine(name: str, settings: Settings, catalogue: Catalogue, local: LocalEngine) -> Engine:
    if name == "local":
        return local
    if name == "vllm":
        return vllm_engine(settings, catalogue)
    if name != "openai":
        raise Refused(f"There is no engine {name!r}; choose local, vllm or openai (FINALE_ENGINE).")
    if not settings.engine_url:
        raise Refused(
            "The engine openai needs an address, or several: set FINALE_ENGINE_URL, for example "
            "http://127.0.0.1:8001/v1."
        )
    names = [adapter.engine_name for adapter in catalogue.adapters]
    return fleet_at(settings.engine_url, settings.engine_key_env, names, name_there=settings.engine_model_name)
