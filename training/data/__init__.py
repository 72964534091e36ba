"""Training data: reading what entrants bring, one canonical form of it, and choosing the best of it.

Nothing here generates text (see `training.synthetic`) or learns from it.
"""

from training.data.errors import DataError
from training.data.jsonl import read_rows, write_rows
from training.data.rows import Message, Role, Source, Step, TrainingRow, fingerprint, made

__all__ = [
    "DataError",
    "Message",
    "Role",
    "Source",
    "Step",
    "TrainingRow",
    "fingerprint",
    "made",
    "read_rows",
    "write_rows",
]
