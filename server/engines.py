"""The models of a server, and what the arena lets `models` find out: the only place where they meet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.judging.canaries import run_canaries
from models.judging.injection import find_instructions
from models.judging.protocol import Judge as ModelJudge
from models.judging.seating import Seat
from models.protocol import BASE
from models.protocol import Engine as ModelEngine
from models.token_count import TokenCount
from server.domain.agreement import Agreement, Chorus, Marks, Ordering, RoundOpinions, length_of, spread_of, units_of
from server.domain.event import JudgeSeat
from server.domain.marks import Finding
from server.engine_choice import catalogue_of, choose
from server.intake import Intake, shelf_of, with_stock
from server.judge_seats import as_frozen, seats
from server.settings import Settings

MOST_FINDINGS, LONGEST_EXCERPT = 5, 200


@dataclass(frozen=True)
class Models:
    """The engines and judges of a server. `adapters`: finalist id → (name on the engine, hash of the weights).

    `spares` step in one after the other when the engine fails. `known`: what more is known of the judges, by their
    order; empty for judges that tests bring. `beside`: what the judges run on. `count_tokens`: by the base's tokenizer.
    `base_sha256`: of the base's weights, "" where that is not known.
    """

    engine: ModelEngine
    spares: tuple[ModelEngine, ...]
    judges: tuple[ModelJudge, ...]
    adapters: dict[str, tuple[str, str]]
    known: tuple[Seat, ...] = ()
    beside: tuple[ModelEngine, ...] = ()
    count_tokens: Callable[[str], int | None] = lambda text: None
    intake: Intake | None = None
    base_sha256: str = ""

    @property
    def engines(self) -> tuple[ModelEngine, ...]:
        """Every engine once, the serving one first."""
        return tuple(dict.fromkeys((self.engine, *self.spares, *self.beside)))

    @property
    def playable(self) -> dict[str, tuple[str, str]]:
        """What a finalist may play with: an adapter by its id, or the bare base by the name "base"."""
        return ({BASE: (BASE, self.base_sha256)} if self.base_sha256 else {}) | self.adapters

    @cached_property
    def seats(self) -> tuple[JudgeSeat, ...]:
        """The judges as they are frozen with an event."""
        if self.known:
            return tuple(as_frozen(seat) for seat in self.known)
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
        for engine in self.engines:
            await engine.close()
        for address in {seat.address for seat in self.known if seat.address is not None}:
            await address.close()


def build_models(settings: Settings) -> Models:
    """Engines and judges as the settings say. Raises Refused or the models' own errors, with what to do."""
    catalogue = catalogue_of(settings)
    shelf = shelf_of(settings, catalogue)
    stock = shelf.stock()
    catalogue = with_stock(catalogue, stock)
    chosen = choose(settings, catalogue)
    adapters = {adapter.id: (adapter.engine_name, adapter.sha256) for adapter in catalogue.adapters}
    seated = seats(settings, settings.models_dir / "catalogue.json", catalogue, chosen.local)
    beside = (chosen.local,) if any(seat.judge.demo for seat in seated) else ()
    return Models(
        chosen.engine,
        chosen.spares,
        tuple(seat.judge for seat in seated),
        adapters,
        seated,
        beside,
        TokenCount(catalogue.base),
        Intake(shelf, (chosen.engine, *chosen.spares), catalogue, stock.problems),
        catalogue.base_sha256,
    )
