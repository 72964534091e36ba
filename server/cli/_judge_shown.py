"""What the judge's commands print: tables of plain cells."""

from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

console = Console(soft_wrap=True, highlight=False)


def figures(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Names and values under a title."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(f"[dim]{escape(name)}[/]", escape(value.replace("`", "")))
    console.print(f"\n[bold]{escape(title)}[/]")
    console.print(table)


def grid(head: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
    """A table with a head."""
    table = Table(*head, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)
    if note:
        console.print(f"[dim]{escape(note)}[/]")


def page(markdown: str) -> None:
    """Markdown, as far as a terminal can show it."""
    console.print(Markdown(markdown))


def say(sentence: str) -> None:
    """A plain sentence."""
    console.print(escape(sentence))


def warn(sentence: str) -> None:
    """A sentence that must not be overlooked; nothing for an empty one."""
    if sentence:
        console.print(f"[yellow]! {escape(sentence)}[/]")
