"""LoRA fine-tuning on TRL and PEFT: settings, one run from rows to a checked adapter, its progress and samples.

    from training.tuning import load_settings, tune
    run = tune(load_settings(preset_name="laptop"), rows, base=Path("models/demo/base"), out=Path("runs/mine"))

Reading data is `training.data`'s work, the ledger of hours is `training.hours`', the log of runs `training.runs`'.
"""

from training.tuning.errors import LossDiverged, NotWritten, SettingRefused, TuningFailed, TuningRefused
from training.tuning.job import TunedRun
from training.tuning.presets import PRESETS, preset
from training.tuning.sampling import HowToSample, Prompt
from training.tuning.settings import ALL_LINEAR, ATTENTION, TuningSettings
from training.tuning.settings_file import load_settings
from training.tuning.tune import estimate, tune
from training.tuning.watching import Several, Silent, StopTuning, Watcher

__all__ = [
    "ALL_LINEAR",
    "ATTENTION",
    "PRESETS",
    "HowToSample",
    "LossDiverged",
    "NotWritten",
    "Prompt",
    "SettingRefused",
    "Several",
    "Silent",
    "StopTuning",
    "TunedRun",
    "TuningFailed",
    "TuningRefused",
    "TuningSettings",
    "Watcher",
    "estimate",
    "load_settings",
    "preset",
    "tune",
]
