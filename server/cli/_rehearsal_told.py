"""A rehearsal while it runs: a bar over the rounds and the phase at hand."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from server.players.rehearsal import Told


@contextmanager
def telling(console: Console) -> Iterator[Told]:
    """Gives what is to be called with each state of the show."""
    columns = (TextColumn("{task.description:<34}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Everybody takes their seat")
        yield lambda state: progress.update(
            task, description=_phase(state), total=state["questions"], completed=state["rounds_counted"]
        )


def _phase(state: Mapping[str, Any]) -> str:
    if state["round"] is None:
        return "The hall is full"
    return f"Round {state['round']['number']} of {state['questions']}: {state['phase']}"
