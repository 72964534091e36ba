"""Which runs are wanted, and in which order: conditions such as lora_r>=16, and sorting by any column or setting."""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from training.errors import TrainingError
from training.hours.amounts import parse_seconds
from training.runs.errors import RunsRefused
from training.runs.fields import BROKEN, FIELDS, Kind, check_name, value_of
from training.runs.log import Logged
from training.runs.record import Status

NONE = "none"
_STATUSES = (*(status.value for status in Status), BROKEN)
_FORM = re.compile(r"\s*(\w+)\s*(<=|>=|!=|==|=|<|>|~)\s*(.*?)\s*", re.DOTALL)
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUAL: Callable[[Any, Any], bool] = operator.eq


@dataclass(frozen=True, slots=True)
class Condition:
    """`name` is a column or setting, `sign` one of = != < <= > >= ~ (contains), `text` what it is compared with."""

    name: str
    sign: str
    text: str


def parse(text: str) -> Condition:
    """A condition such as lora_r>=16, name~night, loss<1.2, seconds<30m, data=ab12cd, overfitting=none.

    Raises RunsRefused for anything else.
    """
    found = _FORM.fullmatch(text)
    if not found or not found[3]:
        raise RunsRefused(
            f"{text!r} is not a condition; write name, sign and value, such as lora_r>=16 or status=finished."
        )
    return checked(Condition(found[1], "=" if found[2] == "==" else found[2], found[3]))


def checked(condition: Condition) -> Condition:
    """The condition. Raises RunsRefused for a status that there is not."""
    if condition.name == "status" and condition.sign in ("=", "!=") and condition.text.lower() not in _STATUSES:
        raise RunsRefused(f"There is no status {condition.text!r}; there are {', '.join(_STATUSES)}.")
    return condition


def wanted(runs: Sequence[Logged], conditions: Sequence[Condition]) -> list[Logged]:
    """The runs that meet every condition, in their order. Raises RunsRefused for a name that nothing has."""
    for condition in conditions if runs else ():
        check_name(condition.name, runs)
    return [run for run in runs if all(meets(run, condition) for condition in conditions)]


def meets(run: Logged, condition: Condition) -> bool:
    """Whether a run meets a condition; one without such a value meets only `=none`. Raises RunsRefused."""
    value = value_of(run, condition.name)
    if condition.text.lower() == NONE and condition.sign in ("=", "!="):
        return (value is None) == (condition.sign == "=")
    if value is None:
        return False
    if condition.sign == "!=":
        return not _holds(value, Condition(condition.name, "=", condition.text))
    return _holds(value, condition)


def in_order(runs: Sequence[Logged], by: str) -> list[Logged]:
    """Sorted by a column or setting, downwards with a minus in front; runs without a value come last.

    Raises RunsRefused for a name that nothing has.
    """
    name = by.removeprefix("-")
    if runs:
        check_name(name, runs)
    having = [run for run in runs if value_of(run, name) is not None]
    lacking = [run for run in runs if value_of(run, name) is None]
    return [*sorted(having, key=lambda run: _rank(value_of(run, name)), reverse=by.startswith("-")), *lacking]


def _holds(value: Any, condition: Condition) -> bool:
    kind = FIELDS[condition.name].kind if condition.name in FIELDS else _kind(value)
    if condition.sign == "~":
        return condition.text.lower() in _as_text(value).lower()
    if kind in (Kind.NUMBER, Kind.SECONDS):
        return _compared(float(value), condition.sign, _number(condition, kind))
    if kind is Kind.TIME:
        return _compared(str(value)[: len(condition.text)], condition.sign, condition.text)
    if condition.sign in _ORDERS:
        raise RunsRefused(f"{condition.name} has no order; compare it with =, != or ~ (contains).")
    if kind is Kind.HASHES:
        return any(one.startswith(condition.text) for one in value)
    if kind is Kind.HASH:
        return str(value).startswith(condition.text)
    return _as_text(value).lower() == condition.text.lower()


def _kind(value: Any) -> Kind:
    return Kind.NUMBER if isinstance(value, int | float) and not isinstance(value, bool) else Kind.TEXT


def _compared(value: Any, sign: str, other: Any) -> bool:
    return bool(_ORDERS.get(sign, _EQUAL)(value, other))


def _number(condition: Condition, kind: Kind) -> float:
    try:
        value = float(condition.text)
    except ValueError:
        value = math.nan
    if not math.isnan(value):
        return value
    if kind is Kind.SECONDS:
        return _seconds(condition)
    raise RunsRefused(f"{condition.name} is a number; {condition.text!r} is none.")


def _seconds(condition: Condition) -> float:
    try:
        return parse_seconds(condition.text)
    except TrainingError as error:
        raise RunsRefused(f"{condition.name} is an amount of time. {error}") from None


def _as_text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers before texts, so that mixed values of old and new versions still have an order."""
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (1, 0.0, _as_text(value).lower())
