"""Progress bars for what may take longer than two seconds; silent where nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


def bar(transient: bool = True) -> Progress:
    """A bar on stderr, so that what a command prints can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=transient)


@contextmanager
def pages(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for work counted in what is left: call it with (left, all)."""
    with bar() as progress:
        task = progress.add_task(what)
        yield lambda left, whole: progress.update(task, total=whole, completed=whole - left)
