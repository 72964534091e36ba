"""The search's memory: an Optuna study in a journal file in the search's folder, and what to try next.

One process works on a search at a time. The journal holds what was drawn for each try and what it reported; results
are read from the runs themselves.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from training.search.errors import SearchRefused
from training.search.plan import Plan
from training.search.pruning import pruner_of
from training.search.space import Values, in_random_order

JOURNAL, LOCK = "journal.jsonl", "search.lock"
NAME = "search"


class _HeldAlready:
    """The journal's lock is the folder's: a lock file of its own would outlive a killed process."""

    def acquire(self) -> bool:
        """It is held."""
        return True

    def release(self) -> None:
        """It stays held."""


@contextmanager
def opened(folder: Path, plan: Plan) -> Iterator[Any]:
    """The study in `folder`, made if there is none. Raises SearchRefused if another process searches, OSError."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with _held(folder):
            yield _study(folder / JOURNAL, plan)
    finally:
        optuna.logging.set_verbosity(level)


def unfinished(study: Any, plan: Plan) -> Any | None:
    """The try that was begun and not ended, ready to go on; None if there is none."""
    from optuna.trial import Trial, TrialState

    found = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return _complete(Trial(study, found[0]._trial_id), plan) if found else None


def ask(study: Any, plan: Plan) -> Any | None:
    """A new try; None when every combination was tried. The seed and its number alone decide what it is.

    What is drawn is written down whole before the try begins, so that a crash between loses nothing.
    """
    from optuna.trial import TrialState

    if not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):  # left by a crash
        drawn = _drawn(plan, len(study.get_trials(deepcopy=False)))
        if drawn is None:
            return None
        study.enqueue_trial(drawn)
    return _complete(study.ask(), plan)


def _drawn(plan: Plan, number: int) -> dict[str, Any] | None:
    import optuna

    size = plan.space.size
    if size is None:
        sampler = optuna.samplers.RandomSampler(seed=(plan.seed * 1_000_003 + number) % 2**32)
        return dict(optuna.create_study(sampler=sampler).ask(plan.space.distributions()).params)
    place = next(islice(in_random_order(size, plan.seed), number, None), None)
    return None if place is None else plan.space.combination(place)


def _complete(trial: Any, plan: Plan) -> Any:
    """Have every parameter of the try in the study, as it was drawn."""
    for one in plan.space.dimensions:
        if isinstance(one, Values):
            trial.suggest_categorical(one.name, one.labels())
        elif one.whole:
            trial.suggest_int(one.name, int(one.low), int(one.high), log=one.log)
        else:
            trial.suggest_float(one.name, one.low, one.high, log=one.log)
    return trial


def _study(journal: Path, plan: Plan) -> Any:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    _mend(journal)
    try:
        storage = JournalStorage(JournalFileBackend(str(journal), lock_obj=_HeldAlready()))
        pruner = pruner_of(plan.pruning)
        return optuna.create_study(
            storage=storage, study_name=NAME, direction="minimize", pruner=pruner, load_if_exists=True
        )
    except (KeyError, ValueError, TypeError) as error:
        raise SearchRefused(f"{journal} is damaged ({error}); restore it from a copy.") from error


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SearchRefused(
                f"Another process is searching in {folder}; wait for it, or choose another --out."
            ) from None
        yield


def _mend(journal: Path) -> None:
    """Cut off a last line that a crash has torn; whatever it said was not yet acted on."""
    if not journal.exists():
        return
    with journal.open("rb+") as file:
        data = file.read()
        if data and not data.endswith(b"\n"):
            file.truncate(data.rfind(b"\n") + 1)
            os.fsync(file.fileno())
