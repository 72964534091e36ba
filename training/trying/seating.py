"""The judge of a duel: the demo judge on the local engine, or one of judges.toml at its address, while it is needed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from models.catalogue import load_catalogue
from models.judging.comparers import Comparing, comparing, demo_comparing
from models.judging.demo import DemoJudge, read_prompt
from models.judging.families import families_of
from models.judging.judges_file import JudgeKind, JudgeSpec, read_judges
from models.judging.league.kin import kin_warning
from models.local.engine import LocalEngine
from models.openai_address import Address
from training.trying.errors import TryingRefused

DEMO = JudgeSpec("demo-judge", JudgeKind.DEMO, family="demo")
DEMO_AT_ONCE = 6
DEMO_WARNING = "A demo judge: it tells sound answers from broken ones and knows little more."


def judge_named(file: Path | None, name: str = "") -> JudgeSpec:
    """The judge to ask: the demo judge without a file. Raises JudgesFileRefused, TryingRefused."""
    if file is None:
        if name not in ("", DEMO.name):
            raise TryingRefused(f"There is no judge {name!r} without a file of judges; give it with --judges.")
        return DEMO
    specs = {spec.name: spec for spec in read_judges(file)}
    if name and name not in specs:
        raise TryingRefused(f"{file} has no judge {name!r}; there is {', '.join(specs)}.")
    if not name and len(specs) > 1:
        raise TryingRefused(f"{file} holds {len(specs)} judges; choose one with --judge: {', '.join(specs)}.")
    return specs[name] if name else next(iter(specs.values()))


def warnings_of(spec: JudgeSpec, base: Path) -> list[str]:
    """What must be said of this judge wherever its verdicts on models of `base` are shown."""
    if spec.protocol is JudgeKind.DEMO:
        return [DEMO_WARNING]
    place = base.resolve()
    kin = kin_warning(spec.name, spec.model, spec.family, sorted(families_of(f"{place.parent.name} {place.name}", "")))
    return [kin] if kin else []


@asynccontextmanager
async def judging(spec: JudgeSpec, *, models: Path, at_once: int) -> AsyncIterator[Comparing]:
    """The judge, ready to compare; `models` is the folder whose catalogue has the demo judge. Raises EngineError."""
    if spec.protocol is not JudgeKind.DEMO:
        address = Address(spec.url, key_variable=spec.key_env, read_s=60.0, connections=at_once)
        try:
            yield comparing(spec, address)
        finally:
            await address.close()
        return
    catalogue = load_catalogue(models / "catalogue.json")
    if catalogue.judge is None or catalogue.judge_prompt is None:
        raise TryingRefused(f"The models in {models} have no demo judge; name a judge of your own with --judges.")
    name, prompt = catalogue.judge.engine_name, read_prompt(catalogue.judge_prompt)
    engine = LocalEngine(base=catalogue.base, adapters={name: catalogue.judge.path}, slots=DEMO_AT_ONCE)
    await engine.start()
    try:
        yield demo_comparing(DemoJudge(engine, adapter=name, prompt=prompt, name=spec.name), spec)
    finally:
        await engine.close()
