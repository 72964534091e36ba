"""Who can be asked, and what is refused before anything is loaded."""

import shutil
from pathlib import Path

import pytest

from models.adapters import AdapterRefused, describe_base
from tests.models import tiny
from tests.training.handing_in.made_up import a_run, change_settings
from training.handing_in.card import Said
from training.handing_in.errors import HandingInRefused
from training.handing_in.exporting import export
from training.trying.voices import cast
from training.tuning.errors import TuningRefused


@pytest.fixture
def run(models: Path, tmp_path: Path) -> Path:
    return a_run(tmp_path / "kaya", models / "base", models / "adapters" / "f1")


def test_base_run_folder_and_archive_are_voices_of_one_cast(run: Path, models: Path, tmp_path: Path) -> None:
    archive = export(run, tmp_path / "handed-in.zip", Said("MIT")).out
    names = ["base", str(run), str(models / "adapters" / "f2"), str(archive), str(run / "adapter")]
    with cast(names) as found:
        assert found.base == models / "base"  # the run knows it
        assert found.base_sha256 == describe_base(models / "base").sha256
        mine, other = tiny.sha256_of(run / "adapter"), tiny.sha256_of(models / "adapters" / "f2")
        assert [(one.name, one.sha256) for one in found.voices] == [
            ("base", found.base_sha256),
            (f"kaya {mine[:8]} (1)", mine),
            ("f2", other),
            ("handed-in", mine),
            (f"kaya {mine[:8]} (2)", mine),
        ]
        unpacked = found.voices[3].adapter
        assert unpacked is not None
        assert unpacked.is_dir()
    assert not unpacked.exists()


def test_a_path_that_is_not_there_is_told_with_what_could_be(models: Path) -> None:
    with pytest.raises(HandingInRefused, match="There is no nowhere; give a run's folder"), cast(["nowhere"]):
        pass


def test_what_the_arena_would_refuse_is_never_loaded(run: Path) -> None:
    change_settings(run / "adapter", use_dora=True)
    with pytest.raises(AdapterRefused, match="DoRA"), cast([str(run)]):
        pass


def test_a_pickle_is_never_loaded(run: Path) -> None:
    shutil.move(run / "adapter" / "adapter_model.safetensors", run / "adapter" / "adapter_model.bin")
    with pytest.raises(AdapterRefused, match="pickle"), cast([str(run)]):
        pass


def test_runs_on_different_bases_cannot_meet(run: Path, demo: Path) -> None:
    with pytest.raises(HandingInRefused, match="another base"), cast([str(run)], base=demo / "base"):
        pass


def test_a_base_that_is_not_there_is_told(models: Path, tmp_path: Path) -> None:
    with pytest.raises(TuningRefused, match="There is no base model in"), cast(["base"], base=tmp_path / "gone"):
        pass
