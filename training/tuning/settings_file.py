"""Settings from a TOML or JSON file and from `name=value` texts, on top of a preset. What they mean: `settings`."""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.tuning.errors import SettingRefused
from training.tuning.presets import preset
from training.tuning.settings import TuningSettings, rules

DEFAULT_PRESET = "laptop"


def load_settings(
    file: Path | None = None, *, preset_name: str | None = None, options: Iterable[str] = ()
) -> TuningSettings:
    """A preset, changed by a file (which may name its own `preset`), changed by texts like "lora_r=16".

    A preset given here and one in the file must agree. Raises SettingRefused, OSError.
    """
    changes = _from_file(file) if file else {}
    named = changes.pop("preset", None)
    if named is not None and preset_name is not None and named != preset_name:
        raise SettingRefused(f"{file} is based on the preset {named!r}, but {preset_name!r} was asked for; choose one.")
    settings = preset(str(named or preset_name or DEFAULT_PRESET))
    return settings.changed(changes).changed(dict(_parsed(text) for text in options))


def as_json(settings: TuningSettings) -> dict[str, Any]:
    """Every setting as JSON data, for run.json."""
    return asdict(settings) | {"target_modules": list(settings.target_modules)}


def from_json(data: dict[str, Any]) -> TuningSettings:
    """The settings that `as_json` gave. Raises SettingRefused."""
    return TuningSettings().changed(data)


def as_toml(settings: TuningSettings) -> str:
    """Every setting as TOML, to be edited and given back to `load_settings`."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in as_json(settings).items())


def _from_file(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_bytes()) if file.suffix == ".json" else tomllib.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        kind = "JSON" if file.suffix == ".json" else "TOML"
        raise SettingRefused(f"{file} is not valid {kind}: {error}. Write name = value in each line.") from error
    if not isinstance(data, dict):
        raise SettingRefused(f"{file} must hold a table of settings, not {type(data).__name__}.")
    return data


def _parsed(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals:
        raise SettingRefused(f"{text!r} is not a setting; write name=value, such as lora_r=16.")
    rule = rules().get(name)
    try:
        return name, rule.parsed(value.strip()) if rule else value.strip()
    except ValueError:
        assert rule is not None
        raise SettingRefused(f"{name} must be {rule.says()}, not {value.strip()!r}.") from None
