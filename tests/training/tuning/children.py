"""What runs in processes of its own, to be killed or to find the disk full. How they are started: `processes`."""

import os
import resource
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from tests.training.tuning.small import Remembering, changed, rows_of
from training.errors import TrainingError
from training.hours import EntrantHours, Ledger
from training.tuning import tune
from training.tuning.watching import Told

SETTINGS = changed(eval_steps=2, neftune_noise_alpha=5, lora_r=32)
_WATCHED = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}


def killed_at(base: Path, out: Path, moment: int) -> None:
    """Train, and be killed at the given one of the moments at which the run's folder is touched; 0: never.

    The exit status is that of the kill, or 0 for a run that came to its end before.
    """
    touched = 0

    def count(event: str, given: tuple[Any, ...]) -> None:
        nonlocal touched
        if event in _WATCHED and given and str(out) in str(given[0]):
            touched += 1
            if touched == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    torch.set_num_threads(1)
    sys.addaudithook(count)
    tune(SETTINGS, rows_of(24), base=base, out=out)
    if not moment:
        (out.parent / "moments").write_text(str(touched))


def on_a_small_disk(base: Path, out: Path, ledger: Path, bytes_per_file: int, told: Connection) -> None:
    """Train while files may not grow beyond a size from the second checkpoint on; tell what was said."""
    torch.set_num_threads(1)

    class Filling(Remembering):
        def told(self, fact: Told) -> None:
            if fact.event == "saved":
                resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_per_file, bytes_per_file))

    _tell(told, lambda: _with_hours(base, out, ledger, Filling()))


def until_ended_politely(base: Path, out: Path, ledger: Path, told: Connection) -> None:
    """Train, and get the platform's SIGTERM after the third step."""
    torch.set_num_threads(1)

    class Ended(Remembering):
        def stepped(self, fact: Any) -> None:
            if fact.step == 3:
                signal.raise_signal(signal.SIGTERM)

    _tell(told, lambda: _with_hours(base, out, ledger, Ended()))


def waiting(base: Path, out: Path, ledger: Path) -> None:
    """Train until the third step, and then wait for ever."""
    torch.set_num_threads(1)

    class Waiting(Remembering):
        def stepped(self, fact: Any) -> None:
            if fact.step == 3:
                signal.pause()

    _with_hours(base, out, ledger, Waiting())


def _with_hours(base: Path, out: Path, ledger: Path, watch: Remembering) -> None:
    tune(SETTINGS, rows_of(24), base=base, out=out, watch=watch, hours=EntrantHours(Ledger(ledger), "mei"))


def _tell(told: Connection, act: Callable[[], None]) -> None:
    try:
        act()
    except TrainingError as error:
        told.send(str(error))
    else:
        told.send("")
