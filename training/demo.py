"""`python -m training.demo`: make every demo model, resumable. How each is trained lives in its own module."""

import argparse
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from training import base, catalogue, judge, tokenizer
from training.base import BaseRecipe
from training.corpus import generate
from training.finalists import FINALISTS, finalist_rows
from training.places import DEMO_MODELS
from training.rows import Row, fingerprint, trainable
from training.runs.record import PROGRESS, SAMPLES, Status, write_record
from training.steps import step
from training.tuning.sampling import Prompt
from training.tuning.settings import TuningSettings
from training.tuning.tune import tune
from training.tuning.watching import Silent, Told, Validated

HELD_SHARE = 16  # one row in so many of an adapter's is for validation
LOGS = (PROGRESS, SAMPLES)
FOLDER = DEMO_MODELS


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything: rows of text and steps. `QUICK` only proves the pipeline."""

    base_rows: int = 84000
    short_rows: int = 80000
    finalist_rows: int = 1300
    judge_rows: int = 14000
    judge_rows_in_base: int = 26000
    corpus_seed: int = 1965
    base: BaseRecipe = field(default_factory=BaseRecipe)
    adapter_steps: int = -1  # all of them


QUICK = Plan(
    base_rows=300,
    short_rows=40,
    judge_rows_in_base=30,
    finalist_rows=60,
    judge_rows=70,
    base=BaseRecipe(
        hidden=64,
        layers=1,
        heads=2,
        kv_heads=1,
        intermediate=128,
        steps=4,
        settling_steps=2,
        tokens_per_step=1024,
        compiled=False,
    ),
    adapter_steps=2,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line, make what is not yet made, write the catalogue."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    make(options.out, QUICK if options.quick else Plan())


def make(folder: Path, plan: Plan) -> None:
    """Make the base, the five finalists' adapters, the judge's and the catalogue in `folder`; skip what is there."""
    rows = generate.base_rows(plan.base_rows, plan.corpus_seed)
    rows += judge.judge_rows(plan.judge_rows_in_base, plan.corpus_seed, remarked=True)
    short = generate.short_rows(plan.short_rows, plan.corpus_seed + 1)
    made_from = {
        "recipe": asdict(plan.base),
        "rows": len(rows),
        "short_rows": len(short),
        "corpus": fingerprint([*rows, *short]),
    }
    _say("base", step(folder / "base", made_from, partial(_base, rows=rows, short=short, recipe=plan.base)))
    for finalist in FINALISTS:
        _adapter(folder, finalist.id, finalist_rows(finalist, plan.finalist_rows), _shortened(finalist.settings, plan))
    _adapter(folder, "judge", judge.judge_rows(plan.judge_rows, judge.SETTINGS.seed), _shortened(judge.SETTINGS, plan))
    print(f"catalogue: {catalogue.write(folder)}", flush=True)


def _base(folder: Path, rows: list[Row], short: list[Row], recipe: BaseRecipe) -> dict[str, Any]:
    words = tokenizer.build(generate.texts(rows[:6000]))
    report = base.Progress("base", recipe.steps + recipe.settling_steps)
    checkpoint = _checkpoint(folder, [*rows, *short], recipe)
    model = base.train(rows, words, recipe, report, short=short, checkpoint=checkpoint)
    tokenizer.save(words, folder)
    base.save(model, folder)
    checkpoint.unlink(missing_ok=True)
    return {"parameters": sum(p.numel() for p in model.parameters()), "loss": report.last}


def _checkpoint(folder: Path, rows: list[Row], recipe: BaseRecipe) -> Path:
    """Beside the scratch folder, which does not outlive an interrupt; another recipe or other rows have another."""
    key = hashlib.sha256(f"{recipe}{fingerprint(rows)}".encode()).hexdigest()[:12]
    return folder.with_name(f"base-{key}.checkpoint")


def _adapter(folder: Path, name: str, rows: list[Row], settings: TuningSettings) -> None:
    made_from = {
        "settings": asdict(settings),
        "rows": len(rows),
        "data": fingerprint(rows),
        "base": catalogue.sha256(folder / "base/model.safetensors"),
    }
    make = partial(_tune, base_folder=folder / "base", name=name, rows=rows, settings=settings)
    _say(name, step(folder / "adapters" / name, made_from, make))


def _tune(folder: Path, base_folder: Path, name: str, rows: list[Row], settings: TuningSettings) -> dict[str, Any]:
    run = folder.with_name(f"{name}.run")  # outlives the scratch folder: an interrupted run goes on from its checkpoint
    held, left = rows[: len(rows) // HELD_SHARE], rows[len(rows) // HELD_SHARE :]
    tuned = tune(
        settings,
        trainable(left),
        trainable(held),
        base=base_folder,
        out=run,
        name=name,
        prompts=[Prompt(one.question, one.system) for one in held[:3]],
        resume=(run / "run.json").exists(),
        watch=_Lines(name),
    )
    if tuned.adapter is None or tuned.record.status is Status.INTERRUPTED:
        raise KeyboardInterrupt(f"{name}: {tuned.record.reason}")
    for kept in [*tuned.adapter.iterdir(), *(run / log for log in LOGS)]:
        shutil.copy(kept, folder / kept.name)
    _name_base(folder)
    write_record(folder, replace(tuned.record, base=replace(tuned.record.base, path="../../base")))  # found anywhere
    if name == "judge":
        judge.save_prompt(folder)
    shutil.rmtree(run)
    best = tuned.record.best
    return {"validation_loss": best.validation_loss if best else None, "step": best.step if best else None}


def _name_base(folder: Path) -> None:
    """Put the base's own name into the adapter's settings, whatever folder the models are made in."""
    path = folder / "adapter_config.json"
    told = json.loads(path.read_text(encoding="utf-8")) | {"base_model_name_or_path": base.NAME}
    path.write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")


class _Lines(Silent):
    """Prints a line per validation and per event, for a log that is read later."""

    def __init__(self, name: str) -> None:
        self._name = name

    def validated(self, fact: Validated) -> None:
        """Print the loss and how long the run has taken."""
        loss = f"{fact.validation_loss:.3f}{' (best)' if fact.is_best else ''}"
        print(f"{self._name}: step {fact.step}, validation loss {loss}, {fact.seconds:.0f} s", flush=True)

    def told(self, fact: Told) -> None:
        """Print the sentence."""
        print(f"{self._name}: {fact.message}", flush=True)


def _shortened(settings: TuningSettings, plan: Plan) -> TuningSettings:
    return replace(settings, max_steps=plan.adapter_steps)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="training.demo", description="Make the demo models: base, five adapters, judge."
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to fill (default: models/demo)")
    parser.add_argument(
        "--quick", action="store_true", help="tiny models in seconds: proves the pipeline, writes nonsense"
    )
    parser.add_argument(
        "--threads", type=int, default=1, help="CPU threads (default: 1; more pays where the cores are idle)"
    )
    return parser


def _say(name: str, made: bool) -> None:
    print(f"{name}: {'made' if made else 'up to date'}", flush=True)


if __name__ == "__main__":
    main()
