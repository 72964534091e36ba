"""Searching for settings: tries of given values within a time budget, hopeless ones stopped early, all of them runs.

    from training.search import read_space, search
    means = Means(rows, (), base=Path("models/demo/base"))
    outcome = search(settings, read_space(Path("space.toml"), settings), means, out=Path("runs/search"), trials=20)

One try is one call of `training.tuning.tune`; the log that lists them is `training.runs`'.
"""

from training.search.errors import SearchRefused, SpaceRefused
from training.search.outcome import Outcome
from training.search.plan import Plan, Pruning, Sampling, read_plan
from training.search.space import Range, Space, Values
from training.search.space_file import read_space
from training.search.starting import resume, search
from training.search.tries import Try
from training.search.trying import Means

__all__ = [
    "Means",
    "Outcome",
    "Plan",
    "Pruning",
    "Range",
    "Sampling",
    "SearchRefused",
    "Space",
    "SpaceRefused",
    "Try",
    "Values",
    "read_plan",
    "read_space",
    "resume",
    "search",
]
