"""From settings to engines and judges, and what the arena lets `models` find out: the only place where they meet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from models.catalogue import Catalogue, load_catalogue
from models.judging.canaries import run_canaries
from models.judging.demo import DemoJudge, read_prompt
from models.judging.families import families_of_base
from models.judging.injection import find_instructions
from models.judging.judges_file import JudgeKind, JudgeSpec, read_judges
from models.judging.protocol import Judge as ModelJudge
from models.judging.seating import Seat, seated
from models.local.engine import LocalEngine
from models.openai import OpenAIEngine
from models.openai_address import Address
from models.protocol import Engine as ModelEngine
from server.domain.agreement import Agreement, Chorus, Marks, Ordering, RoundOpinions, length_of, spread_of, units_of
from server.domain.errors import Refused
from server.domain.event import JudgeCard, JudgeSeat
from server.domain.marks import Finding
from server.settings import Settings

MOST_FINDINGS, LONGEST_EXCERPT = 5, 200
DEMO_NAME = "demo-judge"


@dataclass(frozen=True)
class Models:
    """The engines and judges of a server. `adapters`: finalist id → (name on the engine, hash of the weights).

    `known`: what more is known of the judges, by their order; empty for judges that tests bring.
    """

    engine: ModelEngine
    spare: ModelEngine | None
    judges: tuple[ModelJudge, ...]
    adapters: dict[str, tuple[str, str]]
    known: tuple[Seat, ...] = ()

    @cached_property
    def seats(self) -> tuple[JudgeSeat, ...]:
        """The judges as they are frozen with an event."""
        if self.known:
            return tuple(_as_frozen(seat) for seat in self.known)
        return tuple(JudgeSeat(j.name, j.label, j.prompt_sha256, j.demo) for j in self.judges)

    async def canaries(self, name: str) -> tuple[bool, str]:
        """Whether the judge of this name keeps the canaries at the floor, in words. Raises KeyError."""
        report = await run_canaries({judge.name: judge for judge in self.judges}[name])
        return report.ok, report.message

    def inspect(self, text: str) -> tuple[Finding, ...]:
        """What in an entry speaks to the judges and not to the question."""
        found = find_instructions(text)[:MOST_FINDINGS]
        return tuple(Finding(str(one.kind), one.excerpt[:LONGEST_EXCERPT], one.sentence) for one in found)

    def agreement(self, rounds: Sequence[RoundOpinions]) -> Agreement:
        """How far judges and experts agree over these rounds. Loads the libraries of statistics when first asked."""
        from models.judging.statistics import ExpertOrder, PairwiseAccuracy, krippendorff_alpha, pairwise_accuracy

        def ordering(judge: str) -> Ordering:
            heard = [round_ for round_ in rounds if judge in round_.judges]
            found = [
                pairwise_accuracy(round_.judges[judge], [*round_.experts.values()], ExpertOrder.MEAN)
                for round_ in heard
            ]
            total = sum(found, PairwiseAccuracy(0, 0, 0))
            return Ordering(total.pairs, total.same, total.tied)

        def chorus(raters: Sequence[Mapping[str, Marks]]) -> Chorus | None:
            names = sorted({name for of_round in raters for name in of_round})
            units = units_of(raters, names)
            if len(names) < 2 or not units:
                return None
            return Chorus(len(names), len(units), krippendorff_alpha(units).value)

        judges = sorted({judge for round_ in rounds for judge in round_.judges})
        spreads = {judge: spread_of(rounds, judge) for judge in judges}
        return Agreement(
            orderings={judge: ordering(judge) for judge in judges},
            spreads={judge: spread for judge, spread in spreads.items() if spread is not None},
            length=length_of(rounds),
            judges=chorus([round_.judges for round_ in rounds]),
            experts=chorus([round_.experts for round_ in rounds]),
        )

    async def close(self) -> None:
        """Close the engines and the judges' connections."""
        await self.engine.close()
        if self.spare is not None:
            await self.spare.close()
        for address in {seat.address for seat in self.known if seat.address is not None}:
            await address.close()


def _as_frozen(seat: Seat) -> JudgeSeat:
    judge, card = seat.judge, seat.card
    measured = None
    if card is not None:
        measured = JudgeCard(card.accuracy, card.low, card.high, card.pairs, card.sha256, card.prompt_sha256)
    return JudgeSeat(
        judge.name,
        judge.label,
        judge.prompt_sha256,
        judge.demo,
        weight=seat.weight,
        model=seat.model,
        family=", ".join(sorted(seat.families)),
        kin=seat.kin,
        settings=judge.sheet.settings,
        templates=judge.sheet.templates,
        card=measured,
    )


def build_models(settings: Settings) -> Models:
    """Engines and judges as the settings say. Raises Refused or the models' own errors, with what to do."""
    catalogue_file = settings.models_dir / "catalogue.json"
    catalogue = load_catalogue(catalogue_file)
    local = LocalEngine(base=catalogue.base, adapters=catalogue.served)
    engine = _engine(settings.engine, settings, catalogue, local)
    spare = _engine(settings.spare_engine, settings, catalogue, local) if settings.spare_engine else None
    adapters = {adapter.id: (adapter.engine_name, adapter.sha256) for adapter in catalogue.adapters}
    seats = _seats(settings, catalogue_file, catalogue, local)
    return Models(engine, spare, tuple(seat.judge for seat in seats), adapters, seats)


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


def _seats(settings: Settings, file: Path, catalogue: Catalogue, local: LocalEngine) -> tuple[Seat, ...]:
    def demo(spec: JudgeSpec) -> DemoJudge | None:
        if catalogue.judge is None or catalogue.judge_prompt is None or settings.engine != "local":
            return None
        prompt = read_prompt(catalogue.judge_prompt)
        return DemoJudge(local, adapter=catalogue.judge.engine_name, prompt=prompt, name=spec.name)

    specs = read_judges(Path(settings.judges)) if settings.judges else _from_settings(settings)
    if not settings.judges and settings.judge == "demo" and demo(specs[0]) is None:
        return ()
    return seated(specs, limit_s=settings.judge_limit, judged=families_of_base(file), demo=demo)


def _from_settings(settings: Settings) -> Sequence[JudgeSpec]:
    """What FINALE_JUDGE and its kin say, as if it stood in a judges' file."""
    if settings.judge == "none":
        return ()
    if settings.judge == "demo":
        return (JudgeSpec(DEMO_NAME, JudgeKind.DEMO),)
    if settings.judge != "openai":
        raise Refused(f"There is no judge {settings.judge!r}; choose demo, openai or none (FINALE_JUDGE).")
    models = [name.strip() for name in settings.judge_model.split(",") if name.strip()]
    if not settings.judge_url or not models:
        raise Refused("The judge openai needs FINALE_JUDGE_URL and FINALE_JUDGE_MODEL.")
    if settings.judge_protocol not in (JudgeKind.LISTWISE, JudgeKind.POINTWISE):
        raise Refused(f"FINALE_JUDGE_PROTOCOL is listwise or pointwise, not {settings.judge_protocol!r}.")
    if len(set(models)) < len(models):
        raise Refused(f"FINALE_JUDGE_MODEL names a model twice: {settings.judge_model}.")
    kind, key = JudgeKind(settings.judge_protocol), settings.judge_key_env or None
    return [
        JudgeSpec(name, kind, url=settings.judge_url, model=name, key_env=key, orders=settings.judge_orders)
        for name in models
    ]
