"""Choosing rows: each act takes rows and gives rows with a report, changes nothing in place, and signs every row.

The same rows, settings and seed give the same result on any machine. What an act did stands in each row's provenance.
"""

from training.data.curate.choose import longest, random_rows
from training.data.curate.dedupe import dedupe
from training.data.curate.filters import by_language, by_length
from training.data.curate.mix import Ingredient, mix
from training.data.curate.outcome import Outcome, Removed
from training.data.curate.split import Split, split

__all__ = [
    "Ingredient",
    "Outcome",
    "Removed",
    "Split",
    "by_language",
    "by_length",
    "dedupe",
    "longest",
    "mix",
    "random_rows",
    "split",
]
