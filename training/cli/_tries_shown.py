"""What adapters said, on a terminal: one after the other or side by side, and what a duel came to."""

from collections.abc import Sequence

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from models.judging.league.report import Result, figures
from training.trying.comparing import Comparison
from training.trying.differing import Stretch, readable
from training.trying.prompts import Asked

_SIDES = ("blue", "magenta")


def answers(console: Console, name: str, asked: Sequence[Asked], texts: Sequence[str]) -> None:
    """Each prompt and its answer."""
    for one, text in zip(asked, texts, strict=True):
        console.print(_title(one), style="bold")
        console.print(Panel(Text(readable(text).strip() or "(nothing)")))
    console.print(f"[dim]{len(texts)} answers of {escape(name)}.[/]")


def side_by_side(console: Console, comparison: Comparison) -> None:
    """Each prompt with both answers; words that only one has are bold and underlined, where that tells anything."""
    for one in comparison.pairings:
        table = Table(expand=True, title=_title(one.asked), title_justify="left", show_lines=False)
        for name, colour in zip(comparison.names, _SIDES, strict=True):
            table.add_column(Text(name), ratio=1, header_style=colour, overflow="fold")
        sides = one.differing.left, one.differing.right
        colours = _SIDES if one.differing.is_telling else ("", "")
        table.add_row(*(_drawn(side, colour) for side, colour in zip(sides, colours, strict=True)))
        console.print(table)
    lengths = " and ".join(f"{length:,.0f}" for length in comparison.lengths)
    console.print(
        f"{len(comparison.pairings)} prompts, {comparison.same} answered alike; {lengths} characters on average.",
        highlight=False,
    )


def result(console: Console, found: Result, file: str) -> None:
    """A duel's figures."""
    table = Table(title=Text(f"{found.candidate} against {found.reference}"), title_justify="left", show_header=False)
    for name, value in figures(found):
        table.add_row(name, escape(value))
    shown = Group(table, Text(f"Judge: {found.judge.label}"), *(Text(one, style="yellow") for one in found.warnings))
    console.print(shown)
    console.print(f"[dim]In full: {escape(file)}[/]", highlight=False, soft_wrap=True)


def _title(asked: Asked) -> Text:
    system = readable(asked.prompt.system).strip()
    return Text(f"{readable(asked.prompt.question).strip()}{f'  [{system}]' if system else ''}")


def _drawn(stretches: Sequence[Stretch], colour: str) -> Text:
    text = Text()
    for one in stretches:
        text.append(one.text, style=f"bold underline {colour}" if one.is_own and colour else "")
    return text if text.plain.strip() else Text("(nothing)", style="dim")
