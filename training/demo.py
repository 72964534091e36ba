"""`python -m training.demo`: make every demo model, resumable. How each is trained lives in its own module."""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from training import base, catalogue, judge, lora, tokenizer
from training.base import BaseRecipe
from training.corpus import generate
from training.finalists import FINALISTS, finalist_rows
from training.lora import LoraRecipe
from training.rows import Row, fingerprint
from training.steps import step

FOLDER = Path(__file__).resolve().parent.parent / "models" / "demo"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything: rows of text, and factors on the numbers of steps. `QUICK` only proves the pipeline."""

    base_rows: int = 30000
    finalist_rows: int = 600
    judge_rows: int = 5000
    judge_rows_in_base: int = 10000
    corpus_seed: int = 1965
    base: BaseRecipe = field(default_factory=BaseRecipe)
    share_of_steps: float = 1.0


QUICK = Plan(
    base_rows=300,
    judge_rows_in_base=30,
    finalist_rows=40,
    judge_rows=60,
    base=BaseRecipe(hidden=64, layers=1, heads=2, kv_heads=1, intermediate=128, steps=4, tokens_per_step=1024),
    share_of_steps=0.02,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line, make what is not yet made, write the catalogue."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    make(options.out, QUICK if options.quick else Plan())


def make(folder: Path, plan: Plan) -> None:
    """Make the base, the five finalists' adapters, the judge's and the catalogue in `folder`; skip what is there."""
    rows = generate.base_rows(plan.base_rows, plan.corpus_seed)
    rows += judge.judge_rows(plan.judge_rows_in_base, plan.corpus_seed)
    made_from = {"recipe": asdict(plan.base), "rows": len(rows), "corpus": fingerprint(rows)}
    _say("base", step(folder / "base", made_from, partial(_base, rows=rows, recipe=plan.base)))
    for finalist in FINALISTS:
        _adapter(folder, finalist.id, finalist_rows(finalist, plan.finalist_rows), _shortened(finalist.recipe, plan))
    _adapter(folder, "judge", judge.judge_rows(plan.judge_rows, judge.RECIPE.seed), _shortened(judge.RECIPE, plan))
    print(f"catalogue: {catalogue.write(folder)}", flush=True)


def _base(folder: Path, rows: list[Row], recipe: BaseRecipe) -> dict[str, Any]:
    words = tokenizer.build(generate.texts(rows[:6000]))
    report = base.Progress("base", recipe.steps)
    checkpoint = _checkpoint(folder, rows, recipe)
    model = base.train(rows, words, recipe, report, checkpoint=checkpoint)
    tokenizer.save(words, folder)
    base.save(model, folder)
    checkpoint.unlink(missing_ok=True)
    return {"parameters": sum(p.numel() for p in model.parameters()), "loss": report.last}


def _checkpoint(folder: Path, rows: list[Row], recipe: BaseRecipe) -> Path:
    """Beside the scratch folder, which does not outlive an interrupt; another recipe or other rows have another."""
    key = hashlib.sha256(f"{recipe}{fingerprint(rows)}".encode()).hexdigest()[:12]
    return folder.with_name(f"base-{key}.checkpoint")


def _adapter(folder: Path, name: str, rows: list[Row], recipe: LoraRecipe) -> None:
    made_from = {
        "recipe": asdict(recipe),
        "rows": len(rows),
        "data": fingerprint(rows),
        "base": catalogue.sha256(folder / "base/model.safetensors"),
    }
    _say(
        name,
        step(
            folder / "adapters" / name,
            made_from,
            partial(_tune, base_folder=folder / "base", name=name, rows=rows, recipe=recipe),
        ),
    )


def _tune(folder: Path, base_folder: Path, name: str, rows: list[Row], recipe: LoraRecipe) -> dict[str, Any]:
    report = base.Progress(name, recipe.steps)
    model = lora.train(base.load(base_folder), tokenizer.load(base_folder), rows, recipe, report)
    lora.save(model, folder)
    if name == "judge":
        judge.save_prompt(folder)
    return {"loss": report.last}


def _shortened(recipe: LoraRecipe, plan: Plan) -> LoraRecipe:
    return replace(recipe, steps=max(2, round(recipe.steps * plan.share_of_steps)))


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
