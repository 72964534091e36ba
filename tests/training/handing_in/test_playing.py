"""An adapter on the demo's stage: the copied models folder loads and serves it, and the original is untouched.

The last test starts the local engine on the shipped demo models and takes about ten seconds.
"""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from models.adapters import AdapterRefused
from models.catalogue import load_catalogue
from models.local import LocalEngine
from tests.models import tiny
from tests.training.handing_in.made_up import a_run, change_settings
from training.handing_in.card import Said
from training.handing_in.errors import HandingInRefused
from training.handing_in.exporting import export
from training.handing_in.playing import put_on_stage
from training.runs.record import BaseFacts

DEMO = Path(__file__).resolve().parents[3] / "models" / "demo"


def tree(folder: Path) -> dict[str, str]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def sha256s(models: Path) -> dict[str, str]:
    return {one.id: one.sha256 for one in load_catalogue(models / "catalogue.json").adapters}


def test_one_finalist_is_replaced_and_all_others_stay(run: Path, models: Path, tmp_path: Path) -> None:
    before = tree(models)
    stage = put_on_stage(run, "f2", tmp_path / "mine", models=models)
    mine = tiny.sha256_of(run / "adapter")
    assert sha256s(stage.models) == sha256s(models) | {"f2": mine}
    assert stage.adapter.sha256 == mine
    entry = json.loads((stage.models / "catalogue.json").read_text())["adapters"][2]
    assert (entry["name"], entry["description"], entry["rank"]) == ("F2", "Played by kaya.", 3)
    assert tree(models) == before
    assert not (stage.models / "adapters" / "f2").exists()


@pytest.mark.parametrize("name", ["kaya", "kaya.zip", "kaya.tar.gz"])
def test_what_was_exported_can_play(run: Path, models: Path, tmp_path: Path, name: str) -> None:
    handed_in = export(run, tmp_path / name, Said("MIT")).out
    stage = put_on_stage(handed_in, "f0", tmp_path / "mine", models=models)
    assert sha256s(stage.models)["f0"] == tiny.sha256_of(run / "adapter")


def test_a_second_adapter_joins_the_first_and_may_be_replaced_again(run: Path, models: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "mine", models / "adapters" / "f2"
    put_on_stage(run, "f0", out, models=models)
    put_on_stage(other, "f1", out, models=models)
    put_on_stage(run, "f1", out, models=models)
    put_on_stage(run, "f1", out, models=models)
    mine = tiny.sha256_of(run / "adapter")
    assert sha256s(out) == {"f0": mine, "f1": mine, "f2": tiny.sha256_of(other)}
    assert sorted(one.name for one in (out / "adapters").iterdir()) == [
        f"f0-{mine[:12]}",
        f"f1-{mine[:12]}",
        "f2",
        "judge",
    ]


def test_an_unknown_finalist_is_told_with_those_there_are(run: Path, models: Path, tmp_path: Path) -> None:
    with pytest.raises(HandingInRefused, match="'nobody' in the catalogue; choose one of f0, f1, f2"):
        put_on_stage(run, "nobody", tmp_path / "mine", models=models)
    assert not (tmp_path / "mine").exists()


def test_an_adapter_of_another_base_is_refused_before_anything_is_copied(models: Path, tmp_path: Path) -> None:
    elsewhere = BaseFacts(str(models / "base"), "f" * 64)
    run = a_run(tmp_path / "run", models / "base", models / "adapters" / "f1", base=elsewhere)
    with pytest.raises(HandingInRefused, match="another base"):
        put_on_stage(run, "f0", tmp_path / "mine", models=models)
    with pytest.raises(AdapterRefused, match="train"):
        put_on_stage(DEMO / "adapters" / "farah", "f0", tmp_path / "mine", models=models)
    assert not (tmp_path / "mine").exists()


def test_a_refused_adapter_leaves_a_stage_as_it_was(run: Path, models: Path, tmp_path: Path) -> None:
    out = put_on_stage(run, "f0", tmp_path / "mine", models=models).models
    before = tree(out)
    change_settings(run / "adapter", use_dora=True)
    with pytest.raises(AdapterRefused, match="DoRA"):
        put_on_stage(run, "f1", out, models=models)
    assert tree(out) == before


def test_a_link_in_an_adapters_folder_is_refused(run: Path, models: Path, tmp_path: Path) -> None:
    (run / "adapter" / "extra.json").symlink_to("/etc/hostname")
    with pytest.raises(AdapterRefused, match="symbolic link"):
        put_on_stage(run, "f0", tmp_path / "mine", models=models)


def test_a_folder_of_something_else_is_not_touched(run: Path, models: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(HandingInRefused, match="choose a new folder"):
        put_on_stage(run, "f0", tmp_path / "mine", models=models)
    with pytest.raises(HandingInRefused, match="inside"):
        put_on_stage(run, "f0", models / "mine", models=models)
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_an_interrupted_copy_leaves_no_stage(
    run: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import training.handing_in.playing as module

    real = shutil.copytree

    def full(source: Path, target: Path, **options: object) -> object:
        if target.name.endswith(".part"):
            target.mkdir()
            raise OSError(28, "No space left on device")
        return real(source, target, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module.shutil, "copytree", full)
    with pytest.raises(OSError, match="No space"):
        put_on_stage(run, "f0", tmp_path / "mine", models=models)
    assert not [one for one in tmp_path.iterdir() if "mine" in one.name]


async def test_the_copied_demo_plays_the_new_adapter_on_the_local_engine(tmp_path: Path) -> None:
    stage = put_on_stage(DEMO / "adapters" / "wei-jie", "farah", tmp_path / "mine", models=DEMO)
    engine = LocalEngine(base=stage.catalogue.base, adapters=stage.catalogue.served, threads=1)
    await engine.start()
    try:
        names = {one.id: one.engine_name for one in stage.catalogue.adapters}
        probes = {id_: await engine.probe(names[id_]) for id_ in ("farah", "wei-jie", "priya")}
    finally:
        await engine.close()
    assert all(probe.ok for probe in probes.values())
    assert probes["farah"].text_sha256 == probes["wei-jie"].text_sha256 != probes["priya"].text_sha256
