"""From --engine and --base to what is served: the demo's base with its adapters, or another base with none yet."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from models.adapters import describe_base
from models.protocol import BASE, EngineError
from models.vllm import VllmEngine
from server.cli._event_made import completed, without_model
from server.demo import demo_event
from server.domain.errors import Refused
from server.engine_choice import catalogue_of
from server.engines import build_models
from server.settings import DEMO_MODELS, Settings
from tests import stagehand


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(adapters_dir=folder / "adapters", vllm_log=folder / "vllm.log", **changes)


@pytest.fixture
def other_base(tmp_path: Path) -> Path:
    """The demo's base with one byte of its weights changed."""
    folder = shutil.copytree(DEMO_MODELS / "base", tmp_path / "tiny-llama")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    return folder


def test_vllm_serves_every_adapter_of_the_catalogue_on_its_base(tmp_path: Path) -> None:
    made = build_models(settings(tmp_path, engine="vllm"))
    assert isinstance(made.engine, VllmEngine)
    assert set(made.engine._adapters) == {name for name, _ in made.adapters.values()}
    assert made.engine._options.base == str(DEMO_MODELS / "base")
    assert made.engine._options.log_file == tmp_path / "vllm.log"


def test_the_demos_base_from_elsewhere_is_the_demos_base(tmp_path: Path) -> None:
    copy = shutil.copytree(DEMO_MODELS / "base", tmp_path / "copy")
    assert catalogue_of(settings(tmp_path, base=str(copy))) == catalogue_of(settings(tmp_path))


def test_another_base_has_no_adapters_and_no_demo_judge_and_finalists_play_with_it_bare(
    tmp_path: Path, other_base: Path
) -> None:
    made = build_models(settings(tmp_path, engine="vllm", base=str(other_base)))
    sha256 = describe_base(other_base).sha256
    assert (made.adapters, made.judges, made.playable) == ({}, (), {BASE: (BASE, sha256)})
    event = demo_event(made.playable, made.seats, "seed")
    assert {(one.adapter, one.adapter_sha256) for one in event.finalists} == {(BASE, sha256)}
    assert made.intake is not None
    assert made.intake.look(event)[0] == "green"


def test_a_finalist_of_an_event_may_name_the_bare_base_beside_adapters(tmp_path: Path) -> None:
    made = build_models(settings(tmp_path))
    finalists = (type(stagehand.event().finalists[0])("x", "X", BASE), *stagehand.event().finalists[1:])
    event = completed(stagehand.event(finalists=finalists), made.playable, ())
    assert (event.finalists[0].adapter, event.finalists[0].adapter_sha256) == (BASE, made.base_sha256)
    assert not without_model(event)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base": "/nowhere/llama"}, "There is no folder /nowhere/llama; correct the base"),
        ({"base": "/tmp"}, "holds no model"),
        ({"base": "nobody/no-such-8b"}, "fetch it first: hf download nobody/no-such-8b"),
        ({"base": "a b/c"}, "neither a folder nor a model's name"),
        ({"engine": "vlm"}, "choose local, vllm or openai"),
        ({"engine": "vllm", "vllm_arguments": "'"}, "FINALE_VLLM_ARGUMENTS cannot be read"),
    ],
)
def test_what_cannot_be_served_is_told_before_anything_starts(
    tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    with pytest.raises((Refused, EngineError), match=words):
        build_models(settings(tmp_path, **changes))


def test_a_base_is_found_by_its_name_in_the_model_cache(
    tmp_path: Path, other_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = tmp_path / "hub" / "models--somebody--tiny-llama"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text("abc")
    shutil.copytree(other_base, cached / "snapshots" / "abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.file_download.HF_HUB_CACHE", str(tmp_path / "hub"), raising=False)
    found = catalogue_of(settings(tmp_path, base="somebody/tiny-llama"))
    assert found.base.name == "abc"
    assert found.base_sha256 == describe_base(other_base).sha256
