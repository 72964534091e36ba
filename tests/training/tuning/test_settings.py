"""Settings: names and defaults that entrants know, refusals that say which setting, what came and what is allowed."""

import json
from pathlib import Path
from typing import Any

import pytest

from training.tuning import ALL_LINEAR, ATTENTION, PRESETS, SettingRefused, TuningSettings, load_settings, preset
from training.tuning.settings import descriptions, rules
from training.tuning.settings_file import as_json, as_toml, from_json

JUMPSTART = {
    "epoch": 5,
    "learning_rate": 1e-4,
    "instruction_tuned": False,
    "per_device_train_batch_size": 4,
    "per_device_eval_batch_size": 1,
    "max_train_samples": -1,
    "max_val_samples": -1,
    "max_input_length": -1,
    "validation_split_ratio": 0.2,
    "train_data_split_seed": 0,
    "lora_r": 8,
    "lora_alpha": 32,
    "lora_dropout": 0.05,
    "int8_quantization": False,
    "enable_fsdp": True,
}


def test_the_preset_jumpstart_has_the_names_and_defaults_of_jumpstart() -> None:
    settings = as_json(preset("jumpstart"))
    assert {name: settings[name] for name in JUMPSTART} == JUMPSTART


def test_every_setting_has_a_rule_and_a_description() -> None:
    assert all(about and rule.says() for about, rule in zip(descriptions().values(), rules().values(), strict=True))


@pytest.mark.parametrize("name", PRESETS)
def test_settings_come_back_from_json_and_from_toml(name: str, tmp_path: Path) -> None:
    settings = preset(name)
    assert from_json(json.loads(json.dumps(as_json(settings)))) == settings
    (tmp_path / "mine.toml").write_text(as_toml(settings))
    assert load_settings(tmp_path / "mine.toml") == settings


def test_options_change_the_file_and_the_file_changes_the_preset(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('preset = "jumpstart"\nlora_r = 32\nepoch = 2\n')
    settings = load_settings(file, options=["epoch=0.5", "target_modules=attention", "packing=yes"])
    assert (settings.lora_r, settings.epoch, settings.lora_alpha) == (32, 0.5, 32)
    assert (settings.target_modules, settings.packing) == (ATTENTION, True)


def test_shorthands_of_modules_are_spelt_out() -> None:
    assert TuningSettings(target_modules="all-linear").target_modules == ALL_LINEAR  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", 10),
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("learning_rate", "fast"),
        ("epoch", 0),
        ("epoch", True),
        ("lora_r", 0),
        ("lora_r", 8.5),
        ("lora_dropout", 1.0),
        ("max_input_length", 0),
        ("packing", 1),
        ("target_modules", []),
        ("target_modules", ["q_proj", "q_proj"]),
        ("target_modules", "lm_head"),
        ("lr_scheduler_type", "cosinus"),
        ("dtype", "float8"),
        ("long_rows", "cut"),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_setting(name: str, value: Any) -> None:
    with pytest.raises(SettingRefused, match=name):
        TuningSettings(**{name: value})


def test_a_learning_rate_of_ten_is_told_what_it_would_do() -> None:
    with pytest.raises(SettingRefused, match=r"not 10\.0.*destroys the adapter.*0\.00002 to 0\.005"):
        load_settings(options=["learning_rate=10"])


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("use_dora=true", "DoRA adapters are not served"),
        ("modules_to_save=embed_tokens", "whole modules cannot be handed in"),
        ("bias=all", "trained biases are not served"),
        ("rank_pattern={'q_proj': 4}", "one rank"),
        ("init_lora_weights=pissa", "may change the base"),
        ("lora_rank=8", "Did you mean lora_r"),
        ("colour=blue", "no setting 'colour'"),
        ("lora_r", "name=value"),
        ("epoch=many", "epoch must be a number"),
    ],
)
def test_what_the_arena_cannot_serve_and_what_nobody_knows_is_refused_with_the_reason(option: str, reason: str) -> None:
    with pytest.raises(SettingRefused, match=reason):
        load_settings(options=[option])


@pytest.mark.parametrize("option", ["use_dora=false", "modules_to_save=none", "bias=none", "init_lora_weights=true"])
def test_options_that_are_switched_off_are_no_reason_to_refuse(option: str) -> None:
    assert load_settings(options=[option]) == load_settings()


def test_settings_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(SettingRefused, match="packing and group_by_length"):
        TuningSettings(packing=True, group_by_length=True)
    with pytest.raises(SettingRefused, match="int8_quantization and load_in_4bit"):
        TuningSettings(int8_quantization=True, load_in_4bit=True)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.toml", "lora_r: 8", "not valid TOML"),
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[1]", "table of settings"),
        ("a.toml", 'preset = "huge"', "no preset 'huge'"),
    ],
)
def test_a_broken_file_of_settings_is_refused(name: str, text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SettingRefused, match=reason):
        load_settings(tmp_path / name)


def test_two_different_presets_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('preset = "jumpstart"')
    with pytest.raises(SettingRefused, match="choose one"):
        load_settings(tmp_path / "a.toml", preset_name="laptop")
