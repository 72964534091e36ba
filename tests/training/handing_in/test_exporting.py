"""Exporting: what lands in the folder or archive, that `models` accepts it, and every refusal, with nothing left."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.adapters import AdapterLimits, AdapterRefused, check_adapter, describe_base
from models.intake.unpacking import unpacked
from tests.models import tiny
from tests.training.handing_in.made_up import a_run, change_settings
from training.handing_in.card import Said
from training.handing_in.errors import HandingInRefused
from training.handing_in.exporting import export
from training.runs.record import BaseFacts, Status, held

SAID = Said("Apache-2.0", "Kaya and nothing but kaya.")


def card_of(folder: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((folder / "card.json").read_text())
    return found


@pytest.mark.parametrize("name", ["kaya", "kaya.zip", "kaya.tar.gz", "kaya.tgz", "KAYA.ZIP"])
def test_what_is_exported_passes_the_arenas_check(run: Path, models: Path, tmp_path: Path, name: str) -> None:
    out = export(run, tmp_path / "out" / name, SAID).out
    folder = out
    if not out.is_dir():
        (tmp_path / "again").mkdir()
        folder = unpacked(out, tmp_path / "again")
    facts = check_adapter(folder, describe_base(models / "base"), limits=AdapterLimits(), inside=folder.parent)
    assert facts.sha256 == tiny.sha256_of(run / "adapter")
    assert sorted(file.name for file in folder.iterdir()) == [
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "card.json",
    ]


@pytest.mark.parametrize("name", ["kaya.zip", "kaya.tar.gz"])
def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path, name: str) -> None:
    archives = [export(run, tmp_path / place / name, SAID).out.read_bytes() for place in ("one", "two")]
    assert archives[0] == archives[1]
    assert str(tmp_path).encode() not in archives[0]


def test_the_card_says_what_the_adapter_is_made_of(run: Path, models: Path, tmp_path: Path) -> None:
    folder = export(run, tmp_path / "kaya", SAID).out
    card = card_of(folder)
    template = (models / "base" / "chat_template.jinja").read_text()
    assert card["base"]["sha256"] == describe_base(models / "base").sha256
    assert card["adapter"] == {
        "sha256": tiny.sha256_of(run / "adapter"),
        "bytes": (run / "adapter" / "adapter_model.safetensors").stat().st_size,
        "rank": 3,
        "alpha": 12,
        "rslora": False,
        "target_modules": sorted(tiny.TARGETS),
    }
    assert card["chat_template"] == {"sha256": hashlib.sha256(template.encode()).hexdigest(), "text": template}
    assert card["data"]["train"] == {"sha256": "a" * 64, "rows": 400}
    assert card["metrics"] == {"step": 30, "validation_loss": 1.5, "overfitting_since": None}
    assert card["run"]["training_seconds"] == 600.5
    assert (card["licence"], card["versions"]) == ("Apache-2.0", {"python": "3.11.2", "torch": "2.13.0"})


def test_the_page_opens_with_the_head_that_model_hubs_read(run: Path, tmp_path: Path) -> None:
    page = (export(run, tmp_path / "kaya", Said("Apache-2.0", "# <b>|")).out / "README.md").read_text()
    assert page.startswith('---\nlicense: "apache-2.0"\n')
    assert "\n# &lt;b>\\|\n" in page
    assert "1.5000 nats per token at step 30" in page


def test_a_base_in_the_tokenizers_own_settings_is_understood(run: Path, models: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    for file in (models / "base").iterdir():
        (base / file.name).write_bytes(file.read_bytes())
    settings = json.loads((base / "tokenizer_config.json").read_text()) | {"chat_template": "{{ messages }}"}
    (base / "tokenizer_config.json").write_text(json.dumps(settings))
    (base / "chat_template.jinja").unlink()
    card = card_of(export(run, tmp_path / "kaya", SAID, base=base).out)
    assert card["chat_template"]["text"] == "{{ messages }}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"use_dora": True}, "uses DoRA"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"r": 8}, "expects"),
        ({"target_modules": ["nothing"]}, "target_modules does not name"),
    ],
)
def test_what_the_arena_refuses_is_refused_in_its_sentence(
    run: Path, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    change_settings(run / "adapter", **changes)
    with pytest.raises(AdapterRefused, match=said):
        export(run, tmp_path / "out" / "kaya.zip", SAID)
    assert not list((tmp_path / "out").iterdir())


def test_weights_that_are_not_finite_are_refused(run: Path, tmp_path: Path) -> None:
    weights = run / "adapter" / "adapter_model.safetensors"
    tensors = load_file(weights)
    tensors[next(iter(tensors))][0, 0] = torch.nan
    save_file(tensors, weights)
    with pytest.raises(AdapterRefused, match="NaN"):
        export(run, tmp_path / "kaya.zip", SAID)


def test_a_rank_above_the_events_limit_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(AdapterRefused, match="above the limit of 2"):
        export(run, tmp_path / "kaya.zip", SAID, limits=AdapterLimits(max_rank=2))


def test_another_base_is_refused(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    tiny.make_base(other)
    weights = other / "model.safetensors"
    tensors = load_file(weights)
    tensors[next(iter(tensors))] += 1
    save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(HandingInRefused, match="another base"):
        export(run, tmp_path / "kaya.zip", SAID, base=other)


def test_a_base_that_has_gone_is_told_with_the_remedy(models: Path, tmp_path: Path) -> None:
    gone = BaseFacts(str(tmp_path / "gone"), describe_base(models / "base").sha256)
    moved = a_run(tmp_path / "moved", models / "base", models / "adapters" / "f1", base=gone)
    with pytest.raises(HandingInRefused, match="give its folder with --base"):
        export(moved, tmp_path / "kaya.zip", SAID)
    assert export(moved, tmp_path / "kaya.zip", SAID, base=models / "base").facts.rank == 3


def test_a_run_that_still_trains_is_refused(models: Path, tmp_path: Path) -> None:
    training = a_run(tmp_path / "now", models / "base", models / "adapters" / "f1", status=Status.RUNNING)
    with held(training), pytest.raises(HandingInRefused, match="still training"):
        export(training, tmp_path / "kaya.zip", SAID)
    assert export(training, tmp_path / "kaya.zip", SAID).facts.rank == 3  # its process is gone; the adapter is whole


def test_a_run_without_adapter_says_why(models: Path, tmp_path: Path) -> None:
    failed = a_run(
        tmp_path / "bad",
        models / "base",
        models / "adapters" / "f1",
        status=Status.FAILED,
        reason="The loss became NaN.",
    )
    shutil.rmtree(failed / "adapter")
    with pytest.raises(HandingInRefused, match=r"failed \(The loss became NaN\.\) and has kept no adapter"):
        export(failed, tmp_path / "kaya.zip", SAID)


@pytest.mark.parametrize(
    ("licence", "description", "said"),
    [
        ("", "", "--licence Apache-2.0"),
        ("  ", "", "--licence Apache-2.0"),
        ("MIT\nor not", "", "one line"),
        ("x" * 101, "", "at most 100"),
        ("MIT", "x" * 501, "at most 500"),
    ],
)
def test_a_licence_must_be_said_in_one_line(
    run: Path, tmp_path: Path, licence: str, description: str, said: str
) -> None:
    with pytest.raises(HandingInRefused, match=said):
        export(run, tmp_path / "kaya.zip", Said(licence, description))


@pytest.mark.parametrize("name", ["kaya.rar", "kaya.7z", "kaya.tar", "kaya.gz"])
def test_a_kind_of_archive_that_cannot_be_made_is_refused(run: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(HandingInRefused, match=r"\.zip or \.tar\.gz"):
        export(run, tmp_path / name, SAID)


def test_nothing_is_overwritten(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "kaya.zip"
    out.write_text("mine")
    with pytest.raises(HandingInRefused, match="there already"):
        export(run, out, SAID)
    assert out.read_text() == "mine"


def test_a_full_disk_leaves_nothing_behind(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import training.handing_in.exporting as module

    def full(folder: Path, out: Path) -> None:
        out.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(out))

    monkeypatch.setattr(module, "pack", full)
    with pytest.raises(OSError, match="No space"):
        export(run, tmp_path / "out" / "kaya.zip", SAID)
    assert not list((tmp_path / "out").iterdir())
