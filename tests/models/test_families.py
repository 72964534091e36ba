"""Families of models, as their names tell them."""

import json
from pathlib import Path

import pytest

from models.judging.families import families_of, families_of_base


@pytest.mark.parametrize(
    ("name", "families"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", {"llama"}),
        ("Meta_Llama_3_8B", {"llama"}),
        ("Qwen/Qwen2.5-7B", {"qwen"}),
        ("QwQ-32B", {"qwen"}),
        ("mistralai/Mixtral-8x7B-v0.1", {"mistral"}),
        ("google/gemma-2-9b-it", {"gemma"}),
        ("gemini-2.0-flash", {"gemma"}),
        ("gpt-4o-mini", {"gpt"}),
        ("openai/gpt-oss-20b", {"gpt"}),
        ("o3-mini", {"gpt"}),
        ("claude-sonnet-4", {"claude"}),
        ("DeepSeek-R1-Distill-Llama-8B", {"deepseek", "llama"}),
        ("aisingapore/Gemma-SEA-LION-v3-9B-IT", {"gemma", "sea-lion"}),
        ("microsoft/phi-4", {"phi"}),
        ("finale-demo-base", {"finale-demo"}),
        ("gpt2", set()),
        ("philosopher", set()),
        ("my-model", set()),
        ("", set()),
    ],
)
def test_a_name_tells_its_families(name: str, families: set[str]) -> None:
    assert families_of(name) == families


def test_a_family_that_is_given_wins_over_the_name() -> None:
    assert families_of("meta-llama/Llama-3.1-8B", " SEA-LION ") == {"sea-lion"}


@pytest.mark.parametrize(
    ("base", "config", "families"),
    [
        ({"name": "Llama-3.1-8B"}, {"model_type": "qwen2"}, {"llama"}),
        ({"name": "ours"}, {"_name_or_path": "Qwen/Qwen2.5-7B", "model_type": "llama"}, {"qwen"}),
        ({"name": "ours"}, {"model_type": "mistral"}, {"mistral"}),
        ({"name": "ours"}, {}, set()),
        ("no table", {}, set()),
    ],
)
def test_a_base_is_told_by_its_name_then_by_its_configuration(
    tmp_path: Path, base: object, config: dict[str, str], families: set[str]
) -> None:
    if isinstance(base, dict):
        base = {"path": "base"} | base
    (tmp_path / "base").mkdir()
    (tmp_path / "base/config.json").write_text(json.dumps(config))
    (tmp_path / "catalogue.json").write_text(json.dumps({"base": base}))
    assert families_of_base(tmp_path / "catalogue.json") == families


def test_the_demo_base_is_a_family_of_its_own_though_it_is_built_like_another() -> None:
    assert families_of_base(Path("models/demo/catalogue.json")) == {"finale-demo"}


def test_files_that_are_not_there_tell_nothing(tmp_path: Path) -> None:
    assert families_of_base(tmp_path / "catalogue.json") == frozenset()
