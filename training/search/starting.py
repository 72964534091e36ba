"""Setting up a search, and taking one up again. The tries are made in `searching`."""

from dataclasses import replace
from pathlib import Path

from training.runs.record import BaseFacts
from training.search.errors import SearchRefused
from training.search.outcome import Outcome
from training.search.plan import PLAN, Plan, Pruning, Sampling, read_plan, write_plan
from training.search.searching import Tell, carry_out
from training.search.space import Range, Space
from training.search.space_checks import check_base
from training.search.trying import Means
from training.tuning.provenance import now
from training.tuning.rows import parts_of
from training.tuning.servable import read_base
from training.tuning.settings import TuningSettings

MOST_TRIALS = 10_000


def search(
    settings: TuningSettings,
    space: Space,
    means: Means,
    *,
    out: Path,
    trials: int | None = None,
    budget: float | None = None,
    sampling: Sampling = Sampling.RANDOM,
    pruning: Pruning = Pruning.MEDIAN,
    seed: int = 0,
    name: str = "",
    entrant: str = "",
    train_path: str = "",
    validation_path: str = "",
    tell: Tell | None = None,
) -> Outcome:
    """Try settings from `space` on top of `settings`; each try is a run in `out`, listed by the log of runs.

    `trials` is the most tries (a grid: all of it if left out), `budget` the training seconds of all together. Hours
    are charged to the entrant of `means.hours`, try by try. Interrupted, it can be taken up again with `resume`.
    Raises SearchRefused, TuningRefused and HoursRefused before anything is trained.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        there = "holds a search already; go on with --resume" if (out / PLAN).exists() else "is not empty"
        raise SearchRefused(f"{out} {there}, or choose a new folder with --out.")
    check_base(space, settings, means.base, means.limits)
    if means.hours is not None:
        means.hours.available()
    parts = parts_of(settings, means.train, means.validation, train_path=train_path, validation_path=validation_path)
    if parts.validation_facts is None:
        raise SearchRefused("A search compares validation losses: give validation rows, or a validation_split_ratio.")
    plan = Plan(
        name=name or out.name,
        entrant=entrant or (means.hours.entrant if means.hours else ""),
        settings=settings,
        space=space,
        sampling=sampling,
        pruning=pruning,
        seed=seed,
        trials=_trials(trials, space, sampling),
        budget=budget,
        train=parts.train_facts,
        validation=parts.validation_facts,
        base=BaseFacts(str(means.base), read_base(means.base).sha256),
        started_at=now(),
    )
    out.mkdir(parents=True, exist_ok=True)
    write_plan(out, plan)
    return carry_out(plan, means, out, tell)


def resume(
    folder: Path, means: Means, *, trials: int | None = None, budget: float | None = None, tell: Tell | None = None
) -> Outcome:
    """Go on with the search in `folder`, perhaps with more tries or time.

    Raises SearchRefused where it holds none, and for other rows or another base than it began with.
    """
    plan = read_plan(folder)
    _check_same(plan, means)
    plan = replace(
        plan,
        trials=plan.trials if trials is None else _trials(trials, plan.space, plan.sampling),
        budget=plan.budget if budget is None else budget,
    )
    write_plan(folder, plan)
    return carry_out(plan, means, folder, tell)


def _trials(trials: int | None, space: Space, sampling: Sampling) -> int:
    if sampling is Sampling.GRID and space.size is None:
        ranges = [one.name for one in space.dimensions if isinstance(one, Range)]
        raise SearchRefused(
            f"A grid needs values, and {ranges[0]} is a range: write a list, give it a step, or search at random."
        )
    most = trials if trials is not None else space.size if sampling is Sampling.GRID else None
    if most is None:
        raise SearchRefused("A random search needs to know how many tries at most; give --trials.")
    if not 1 <= most <= MOST_TRIALS:
        raise SearchRefused(
            f"A search makes 1 to {MOST_TRIALS:,} tries, not {most:,}; try fewer values, or set --trials."
        )
    return most


def _check_same(plan: Plan, means: Means) -> None:
    parts = parts_of(plan.settings, means.train, means.validation)
    before = f"those the search began with ({plan.train.path or 'from memory'}); losses would not compare."
    if (parts.train_facts.sha256, parts.train_facts.rows) != (plan.train.sha256, plan.train.rows):
        raise SearchRefused(f"The training rows are not {before}")
    if (parts.validation_facts and parts.validation_facts.sha256) != (plan.validation and plan.validation.sha256):
        raise SearchRefused(f"The validation rows are not {before}")
    if read_base(means.base).sha256 != plan.base.sha256:
        raise SearchRefused(f"The search began on another base ({plan.base.path}); give that one with --base.")
