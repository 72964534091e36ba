"""Answers of voices with a bar on stderr, so that what a command prints can be piped."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from training.trying.prompts import Asked
    from training.trying.voices import Cast, Voice
    from training.tuning.sampling import HowToSample

_errors = Console(stderr=True)


class Speaking:
    """A cast that is loaded when it is first asked, and not at all where every answer is known."""

    def __init__(self, cast: "Cast") -> None:
        self._cast = cast

    def answers(self, voice: "Voice", asked: "Sequence[Asked]", how: "HowToSample") -> list[str]:
        """One answer to each prompt. Raises TryingRefused."""
        from training.trying.speaking import Speakers

        with bar(f"{voice.name} answers") as progress:
            task = progress.add_task(voice.name, total=len(asked))
            if not hasattr(self, "_speakers"):
                self._speakers = Speakers(self._cast)
            return self._speakers.answers(
                voice, asked, how, tell=lambda done, total: progress.update(task, completed=done, total=total)
            )


@contextmanager
def bar(what: str) -> Iterator[Progress]:
    """A bar that goes when it is done."""
    columns = (TextColumn(what, markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_errors, transient=True) as progress:
        yield progress
