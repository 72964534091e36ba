"""A search in the terminal: one line that moves while a try trains, a line that stays for each try, and the end."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.progress import Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from training.cli._runs_shown import sign
from training.runs import wording
from training.runs.record import RunRecord
from training.search import Outcome, Try
from training.search.pictures import short
from training.search.tries import used_seconds
from training.search.what_mattered import LEAST_TRIES, SURE_TRIES
from training.tuning.watching import Plan, Silent, Stepped, Validated

SHOWN = 10  # tries in the table at the end
_BAR = 24  # characters of the longest bar


class Terminal:
    """Tells a search on a terminal; into a file, a line for each try."""

    def __init__(self, console: Console, most: int | None) -> None:
        """`most` is how many tries there are at most, where it is known."""
        self._console, self._most = console, most
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def watch(self, number: int) -> Silent:
        """A watcher for the try of that number."""
        of = f" of {self._most}" if self._most is not None else ""
        return _Moving(self, f"try {number}{of}")

    def move(self, words: str) -> None:
        """Change the line that moves."""
        if self._task is None:
            self._task = self._bar.add_task(words)
            self._bar.start()
        self._bar.update(self._task, description=words)

    def tell(self, one: Try, so_far: Outcome) -> None:
        """The line that stays."""
        is_best = so_far.best is not None and so_far.best.number == one.number
        line = Text.assemble(
            sign(one.status.value),
            f" try {one.number:>3}  {wording.loss(one.loss):>7}  ",
            changes(one.changes),
            (f"  {wording.duration(one.seconds)}", "dim"),
            ("  best so far" if is_best else "", "green"),
        )
        self._console.print(line)
        if one.reason:
            self._console.print(Text(f"     {one.reason}", style="dim"))

    def close(self) -> None:
        """Take the moving line away."""
        self._bar.stop()


class _Moving(Silent):
    """Moves the line of one try."""

    def __init__(self, terminal: Terminal, title: str) -> None:
        self._terminal, self._title = terminal, title
        self._steps = 0
        self._validation: float | None = None

    def started(self, run: RunRecord, plan: Plan) -> None:
        self._steps = plan.steps
        self._terminal.move(f"{self._title}: {plan.steps:,} steps")

    def stepped(self, fact: Stepped) -> None:
        self._terminal.move(
            f"{self._title}: step {fact.step:,} of {self._steps:,} · loss {fact.loss:.3f} · validation "
            f"{wording.loss(self._validation)} · {wording.duration(fact.seconds_left)} left"
        )

    def validated(self, fact: Validated) -> None:
        self._validation = fact.validation_loss


def summary(outcome: Outcome) -> Group:
    """The best tries, what mattered, and why the search ended."""
    ranked = sorted((one for one in outcome.tries if one.loss is not None), key=lambda one: one.loss or 0.0)
    parts: list[Any] = [Text(outcome.reason)]
    if ranked:
        parts += [Text(""), _table(ranked[:SHOWN])]
    if len(ranked) > SHOWN:
        parts.append(Text(f"… and {len(ranked) - SHOWN} more.", style="dim"))
    parts += [Text(""), *_mattered(outcome)]
    used, saved = used_seconds(outcome.tries), sum(one.saved for one in outcome.tries)
    told = f"{len(outcome.tries)} tries in {wording.duration(used)} of training"
    parts.append(Text(told + (f"; stopping hopeless ones saved about {wording.duration(saved)}." if saved else ".")))
    if outcome.best is not None:
        best = outcome.best
        parts.append(Text.assemble(("Best: ", "bold"), f"try {best.number}, {changes(best.changes)}"))
    return Group(*parts)


def changes(values: Mapping[str, Any]) -> str:
    """What a try changed, in a line."""
    return ", ".join(f"{name} {short(value)}" for name, value in values.items())


def _table(tries: list[Try]) -> Table:
    names = list(tries[0].changes)
    table = Table("", "Try", "Loss", *names, "Time", box=None, pad_edge=False, header_style="bold")
    for one in tries:
        values = (short(one.changes[name]) for name in names)
        loss, time = wording.loss(one.loss), wording.duration(one.seconds)
        table.add_row(sign(one.status.value), str(one.number), loss, *values, time)
    return table


def _mattered(outcome: Outcome) -> list[Any]:
    if outcome.importances is None:
        return [Text(f"From {LEAST_TRIES} finished tries on, the search says which settings mattered.", style="dim")]
    table = Table.grid(padding=(0, 2))
    largest = max(outcome.importances.values()) or 1.0
    for name, share in outcome.importances.items():
        table.add_row(name, Text("█" * max(1, round(_BAR * share / largest)), style="cyan"), f"{100 * share:.0f} %")
    hint = " (so few tries give a hint, no more)" if len(outcome.tries) < SURE_TRIES else ""
    return [Text(f"What mattered{hint}", style="bold"), table, Text("")]
