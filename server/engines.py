"""From settings to engines and judges: the only place where `server` touches `models`."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.catalogue import Catalogue, load_catalogue
from models.judging.canaries import run_canaries
from models.judging.demo import DemoJudge, read_prompt
from models.judging.listwise import ListwiseJudge
from models.judging.protocol import Judge as ModelJudge
from models.local.engine import LocalEngine
from models.openai import OpenAIEngine
from models.openai_address import Address
from models.protocol import Engine as ModelEngine
from server.domain.errors import Refused
from server.domain.event import JudgeSeat
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Models:
    """The engines and judges of a server. `adapters`: finalist id → (name on the engine, hash of the weights)."""

    engine: ModelEngine
    spare: ModelEngine | None
    judges: tuple[ModelJudge, ...]
    adapters: dict[str, tuple[str, str]]

    @property
    def seats(self) -> tuple[JudgeSeat, ...]:
        """The judges as they are frozen with an event."""
        return tuple(JudgeSeat(j.name, j.label, j.prompt_sha256, j.demo) for j in self.judges)

    async def canaries(self) -> tuple[bool, str]:
        """Whether every judge keeps the canaries at the floor, in words."""
        reports = [await run_canaries(judge) for judge in self.judges]
        return all(report.ok for report in reports), " ".join(report.message for report in reports)


def build_models(settings: Settings) -> Models:
    """Engines and judges as the settings say. Raises Refused or the models' own errors, with what to do."""
    catalogue = load_catalogue(settings.models_dir / "catalogue.json")
    local = LocalEngine(base=catalogue.base, adapters=catalogue.served)
    engine = _engine(settings.engine, settings, catalogue, local)
    spare = _engine(settings.spare_engine, settings, catalogue, local) if settings.spare_engine else None
    adapters = {adapter.id: (adapter.engine_name, adapter.sha256) for adapter in catalogue.adapters}
    return Models(engine, spare, tuple(_judges(settings, catalogue, local)), adapters)


def _engine(name: str, settings: Settings, catalogue: Catalogue, local: LocalEngine) -> ModelEngine:
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


def _judges(settings: Settings, catalogue: Catalogue, local: LocalEngine) -> Sequence[ModelJudge]:
    if settings.judge == "none":
        return ()
    if settings.judge == "openai":
        return _openai_judges(settings)
    if settings.judge != "demo":
        raise Refused(f"There is no judge {settings.judge!r}; choose demo, openai or none (FINALE_JUDGE).")
    if catalogue.judge is None or catalogue.judge_prompt is None or settings.engine != "local":
        return ()
    prompt = read_prompt(catalogue.judge_prompt)
    return (DemoJudge(local, adapter=catalogue.judge.engine_name, prompt=prompt),)


def _openai_judges(settings: Settings) -> Sequence[ModelJudge]:
    models = [name.strip() for name in settings.judge_model.split(",") if name.strip()]
    if not settings.judge_url or not models:
        raise Refused("The judge openai needs FINALE_JUDGE_URL and FINALE_JUDGE_MODEL.")
    address = Address(settings.judge_url, key_variable=settings.judge_key_env or None)
    return tuple(ListwiseJudge(address, name=name, model=name) for name in models)
