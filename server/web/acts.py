"""The organiser's acts by name, from a form or from JSON: one table for the page and for the API."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from server.domain import commands as c
from server.domain.commands import Command
from server.domain.errors import NotFound, Refused

_KINDS: tuple[type, ...] = (
    c.OpenRound, c.StartClock, c.Pause, c.Resume, c.Extend, c.ExtendVoting, c.EndPrompting, c.CloseJudging,
    c.Approve, c.Correct, c.Rejudge, c.ApplyRejudging, c.DiscardRejudging, c.Void, c.Replay, c.RevealComponent,
    c.RevealTotal, c.ShowStandings, c.ShowHold, c.HideHold, c.Finish,
)  # fmt: skip
_SHELL_ONLY = frozenset({"drafts"})


def act_name(kind: type) -> str:
    """`RevealComponent` → "reveal-component"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


ACTS: dict[str, type] = {act_name(kind): kind for kind in _KINDS}
_ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for name, kind in ACTS.items()}


def command_from(name: str, fields: Mapping[str, Any]) -> Command:
    """The command of an act. Empty fields count as left out. Raises NotFound or Refused."""
    if name not in ACTS:
        raise NotFound(f"There is no act {name!r}. Known: {', '.join(ACTS)}.")
    given = {key: value for key, value in fields.items() if value not in ("", None) and key not in _SHELL_ONLY}
    try:
        command: Command = _ADAPTERS[name].validate_python(given)
    except ValidationError as error:
        raise Refused(_in_words(error)) from error
    return command


def _in_words(error: ValidationError) -> str:
    parts = []
    for problem in error.errors()[:5]:
        where = ".".join(str(x) for x in problem["loc"]) or "the request"
        parts.append(f"{where}: {problem['msg'].lower()}")
    return "Please check " + "; ".join(parts) + "."
