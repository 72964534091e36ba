"""Failing plainly: one sentence that says what to do, exit code 2, no traceback."""

import errno
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from models.protocol import EngineError
from training.errors import TrainingError

UNUSABLE = 2
_errors = Console(stderr=True)


class Plainly(TyperGroup):
    """A group of commands; whatever a command raises for a reader is told in one sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (TrainingError, EngineError) as error:
            raise failed(str(error)) from error
        except OSError as error:
            raise failed(_in_words(error)) from error


def failed(sentence: str) -> typer.Exit:
    """Say it on stderr; to be raised."""
    _errors.print(f"[bold red]✗[/] {escape(' '.join(sentence.split()))}", soft_wrap=True, highlight=False)
    return typer.Exit(UNUSABLE)


def _in_words(error: OSError) -> str:
    where = f" {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full:{where or ' nothing more'} could not be written. Free some space, then try again."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"You may not use{where}. Choose another place, or change its rights."
    if error.errno == errno.ENOENT:
        return f"There is no{where}. Check the path."
    return f"{error.strerror or error}{where and ':'}{where}."
