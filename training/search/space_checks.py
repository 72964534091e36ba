"""What a space may hold: settings that exist, values they can take, together too, and losses that can be compared."""

from pathlib import Path
from typing import Any

from models.adapters import AdapterLimits
from training.search.errors import SpaceRefused
from training.search.space import Space, Values, product
from training.tuning.errors import SettingRefused, TuningRefused
from training.tuning.rules import Switch
from training.tuning.servable import check_hardware, check_servable, read_base
from training.tuning.settings import TuningSettings, rules

MOST_SETTINGS = 20
_NOT_COMPARABLE = {
    "instruction_tuned": "with it false every token counts, with it true the answers alone",
    "validation_split_ratio": "it changes which rows the validation is made on",
    "train_data_split_seed": "it changes which rows the validation is made on",
    "max_val_samples": "it changes which rows the validation is made on",
    "max_input_length": "it changes which rows are long enough to be left out of the validation",
    "long_rows": "it changes which rows the validation is made on",
}
_DECIDE_SERVABLE = ("lora_r", "target_modules", "adapter_dtype")


def checked_value(name: str, value: Any, settings: TuningSettings) -> Any:
    """The value as the setting holds it. Raises SpaceRefused."""
    if name in _NOT_COMPARABLE:
        raise SpaceRefused(
            f"{name} cannot be searched: {_NOT_COMPARABLE[name]}, so losses could not be compared. Choose it yourself."
        )
    try:
        changed = settings.changed({name: value})
    except SettingRefused as error:
        raise SpaceRefused(f"In the space: {error}") from error
    if name not in rules():  # such as use_dora = false, which changes nothing
        raise SpaceRefused(f"{name} cannot be searched; leave it out of the space.")
    return getattr(changed, name)


def check_space(space: Space, settings: TuningSettings) -> None:
    """Raise SpaceRefused if some switches cannot be combined, or there are too many settings to learn anything."""
    if len(space.dimensions) > MOST_SETTINGS:
        raise SpaceRefused(
            f"The space has {len(space.dimensions)} settings; at most {MOST_SETTINGS} are searched at once. Take "
            "those that you expect to matter most: a few tries tell little about many settings."
        )
    switches = {one.name: one.values for one in _values(space) if isinstance(rules()[one.name], Switch)}
    for combination in product(switches):
        try:
            settings.changed(combination)
        except SettingRefused as error:
            raise SpaceRefused(f"The space holds a combination that is refused: {error}") from error


def check_base(space: Space, settings: TuningSettings, base: Path, limits: AdapterLimits) -> None:
    """Raise SpaceRefused or TuningRefused if a try could not be served by the event or run on this machine."""
    facts = read_base(base)
    choices: dict[str, list[Any]] = {}
    for one in space.dimensions:
        if one.name in _DECIDE_SERVABLE:
            values = list(one.values) if isinstance(one, Values) else [one.high]
            choices[one.name] = [max(values)] if one.name == "lora_r" else values
        elif isinstance(rules()[one.name], Switch) and isinstance(one, Values):
            choices[one.name] = list(one.values)
    for combination in product(choices):
        try:
            changed = settings.changed(combination)
            check_servable(changed, facts, limits)
            check_hardware(changed)
        except TuningRefused as error:
            told = ", ".join(f"{name} = {value}" for name, value in combination.items())
            raise SpaceRefused(f"A try with {told or 'these settings'} would be refused: {error}") from error


def _values(space: Space) -> list[Values]:
    return [one for one in space.dimensions if isinstance(one, Values)]
