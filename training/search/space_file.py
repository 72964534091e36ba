"""A space written in TOML: `lora_r = [4, 8, 16]` for values, `{low = 2e-4, high = 5e-3, log = true}` for a range."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.search.errors import SpaceRefused
from training.search.space import Dimension, Range, Space, Values
from training.search.space_checks import check_space, checked_value
from training.tuning.rules import Number
from training.tuning.settings import TuningSettings, rules

_KEYS = ("low", "high", "log", "step")
MOST_STEPS = 1000


def read_space(file: Path, settings: TuningSettings) -> Space:
    """The space in a file, every value of which `settings` could take. Raises SpaceRefused, OSError."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpaceRefused(
            f"{file} is not valid TOML: {error}. Write a setting in each line: lora_r = [4, 8]."
        ) from error
    return space_of(data, settings)


def space_of(data: Mapping[str, Any], settings: TuningSettings) -> Space:
    """The space that a table says. Raises SpaceRefused."""
    if not data:
        raise SpaceRefused(
            "The space is empty; write at least one setting with its values, such as lora_r = [4, 8, 16]."
        )
    space = Space(tuple(_dimension(name, given, settings) for name, given in data.items()))
    check_space(space, settings)
    return space


def as_data(space: Space) -> dict[str, Any]:
    """The table that `space_of` reads."""

    def of(one: Dimension) -> Any:
        if isinstance(one, Range):
            return {"low": one.low, "high": one.high, "log": one.log}
        return [list(value) if isinstance(value, tuple) else value for value in one.values]

    return {one.name: of(one) for one in space.dimensions}


def _dimension(name: str, given: Any, settings: TuningSettings) -> Dimension:
    if isinstance(given, list):
        return _values(name, given, settings)
    if isinstance(given, dict):
        return _range(name, given, settings)
    raise SpaceRefused(
        f"{name} = {given!r} is one value; a search needs several: {name} = [{given!r}, …], or a range "
        "{low = …, high = …}. What stays the same belongs to the settings."
    )


def _values(name: str, given: list[Any], settings: TuningSettings) -> Values:
    if not given:
        raise SpaceRefused(f"{name} has no values to try; write some between the brackets.")
    values = tuple(checked_value(name, value, settings) for value in given)
    twice = [given[place] for place, value in enumerate(values) if value in values[:place]]
    if twice:
        raise SpaceRefused(f"{name} names {twice[0]!r} twice; every value is tried once.")
    return Values(name, values)


def _range(name: str, given: dict[str, Any], settings: TuningSettings) -> Dimension:
    unknown = [key for key in given if key not in _KEYS]
    if unknown or "low" not in given or "high" not in given:
        wrong = f"{unknown[0]!r} is unknown" if unknown else "both low and high are needed"
        raise SpaceRefused(f"The range of {name} is wrong: {wrong}. Write {name} = {{low = …, high = …, log = true}}.")
    low, high = checked_value(name, given["low"], settings), checked_value(name, given["high"], settings)
    rule = rules()[name]
    if not isinstance(rule, Number):
        raise SpaceRefused(f"{name} has no range: it must be {rule.says()}. Write a list of values.")
    if not low < high or rule.off in (low, high):
        raise SpaceRefused(f"The range of {name} must go from a lower to a higher number, not from {low} to {high}.")
    log = given.get("log", False)
    if not isinstance(log, bool):
        raise SpaceRefused(f"log of {name} must be true or false, not {log!r}.")
    if log and low <= 0:
        raise SpaceRefused(f"The range of {name} begins at {low}; a logarithmic one must begin above 0.")
    if "step" in given:
        return _stepped(name, low, high, given["step"], log, settings)
    return Range(name, low, high, log, rule.whole)


def _stepped(name: str, low: float, high: float, step: Any, log: bool, settings: TuningSettings) -> Values:
    if isinstance(step, bool) or not isinstance(step, int | float) or not 0 < step <= high - low:
        raise SpaceRefused(f"The step of {name} must be a number above 0 and at most {high - low:g}, not {step!r}.")
    if log:
        raise SpaceRefused(f"{name} can have a step or be logarithmic, not both; write a list of values instead.")
    count = int((high - low) / step + 1e-9) + 1
    if count > MOST_STEPS:
        raise SpaceRefused(f"{name} would have {count:,} values; use a larger step, or leave the step out.")
    return Values(name, tuple(checked_value(name, round(low + place * step, 12), settings) for place in range(count)))
