"""Failing plainly: one sentence that says what to do, exit code 2, no traceback."""

import errno
import re
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from server.domain.errors import ArenaError

UNUSABLE = 2
_BACKGROUND = re.compile(r"\(Background on this error at: \S+\)")  # what SQLAlchemy adds is for programmers
_errors = Console(stderr=True)


class Plainly(TyperGroup):
    """The group of commands; whatever a command raises for a reader is told in one sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ArenaError as error:
            raise failed(str(error)) from error
        except OSError as error:
            raise failed(_in_words(error)) from error


def failed(sentence: str) -> typer.Exit:
    """Say it on stderr; to be raised."""
    plain = " ".join(_BACKGROUND.sub("", sentence).split())
    _errors.print(f"[bold red]✗[/] {escape(plain)}", soft_wrap=True, highlight=False)
    return typer.Exit(UNUSABLE)


def _in_words(error: OSError) -> str:
    where = f" {error.filename}" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"The disk is full:{where or ' nothing more'} could not be written. Free some space, then try again."
    if error.errno == errno.EACCES:
        return f"You may not use{where}. Choose another place, or change its rights."
    if error.errno == errno.ENOENT:
        return f"There is no{where}. Check the path."
    return f"{error.strerror or error}{where and ':'}{where}."
