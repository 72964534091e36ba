"""From settings to judges, and how a judge is frozen with an event. Engines are chosen in `engine_choice`."""

from collections.abc import Sequence
from pathlib import Path

from models.catalogue import Catalogue
from models.judging.demo import DemoJudge, read_prompt
from models.judging.families import families_in, families_of_base
from models.judging.judges_file import JudgeKind, JudgeSpec, read_judges
from models.judging.seating import Seat, seated
from models.local.engine import LocalEngine
from server.domain.errors import Refused
from server.domain.event import JudgeCard, JudgeSeat
from server.settings import Settings

DEMO_NAME = "demo-judge"


def seats(settings: Settings, file: Path, catalogue: Catalogue, local: LocalEngine) -> tuple[Seat, ...]:
    """The judges that the settings name; the demo judge runs on `local`. Raises Refused or the models' own errors."""

    def demo(spec: JudgeSpec) -> DemoJudge | None:
        if catalogue.judge is None or catalogue.judge_prompt is None:
            return None
        prompt = read_prompt(catalogue.judge_prompt)
        return DemoJudge(local, adapter=catalogue.judge.engine_name, prompt=prompt, name=spec.name)

    specs = read_judges(Path(settings.judges)) if settings.judges else _from_settings(settings)
    if not settings.judges and settings.judge == "demo" and demo(specs[0]) is None:
        return ()
    is_catalogues = catalogue.base.is_relative_to(file.resolve().parent)
    judged = families_of_base(file) if is_catalogues else families_in(catalogue.base)
    return seated(specs, limit_s=settings.judge_limit, judged=judged, demo=demo)


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


def as_frozen(seat: Seat) -> JudgeSeat:
    """The judge as it is frozen with an event."""
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
