"""The shelf: what is accepted is there for good and under its own name; what is refused leaves a sentence behind."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.adapters import AdapterLimits, AdapterRefused, BaseFacts
from models.intake.quarantine import quarantine, sweep
from models.intake.shelf import Shelf
from tests.models import tiny
from tests.models.intake.strange import ODD
from tests.models.test_adapters import A_KEY, SETTINGS, WEIGHTS, change_settings, change_tensors

Adapter = Callable[..., Path]


def zipped(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "zip", folder.parent, folder.name))


def tarred(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "gztar", folder.parent, folder.name))


def on_disk(shelf: Path) -> list[str]:
    return sorted(str(one.relative_to(shelf)) for one in shelf.rglob("*") if one.name != "incoming")


@pytest.mark.parametrize("packed", [zipped, tarred, lambda folder: folder])
def test_a_sound_adapter_is_accepted_under_its_hash(
    shelf: Shelf, adapter: Adapter, tmp_path: Path, base: BaseFacts, packed: Callable[[Path], Path]
) -> None:
    folder = adapter()
    (folder / "tokenizer.json").write_text("{}")  # would change what an engine says: not kept
    (folder / "card.json").write_text(json.dumps({"name": "Kaya\n toast", "base": {"sha256": base.sha256}}))
    got = shelf.receive("mei-ling", packed(folder), at_ms=7, name="mine.zip")
    sha = tiny.sha256_of(folder)
    assert got.record.name == f"mei-ling@{sha[:12]}"
    assert got.folder == tmp_path / "shelf" / "accepted" / got.record.name
    assert sorted(file.name for file in got.folder.iterdir()) == sorted(
        [SETTINGS, WEIGHTS, "README.md", "card.json", "accepted.json"]
    )
    assert got.record == replace(
        got.record, sha256=sha, rank=2, base_sha256=base.sha256, received_ms=7, file_name="mine.zip", title=""
    )
    assert shelf.entries() == (got,)
    assert shelf.stock().served == (got,)
    assert not list((tmp_path / "shelf" / "incoming").iterdir())


def test_the_card_gives_the_model_its_name(shelf: Shelf, adapter: Adapter) -> None:
    folder = adapter()
    (folder / "card.json").write_text(json.dumps({"name": "Kaya  toast"}))
    assert shelf.receive("mei-ling", folder, at_ms=1).record.title == "Kaya toast"


def spoil_tensor(folder: Path, value: float) -> None:
    change_tensors(folder, lambda t: t.update({A_KEY: torch.full_like(t[A_KEY], value)}))


def pad(folder: Path, tail: bytes) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes() + tail)


def cut(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-100])


def card(folder: Path, **says: object) -> None:
    (folder / "card.json").write_text(json.dumps(says))


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "pickle": (lambda at: (at / "training_args.bin").write_bytes(b"\x80\x04."), "pickle"),
    "wrong shape": (lambda at: change_tensors(at, lambda t: t.update({A_KEY: t[A_KEY][:, :-1]})), "this base expects"),
    "NaN": (lambda at: spoil_tensor(at, float("nan")), "NaN or infinite"),
    "infinity": (lambda at: spoil_tensor(at, float("inf")), "NaN or infinite"),
    "foreign base in the weights": (
        lambda at: change_tensors(at, lambda t: None, base_sha256="0" * 64),
        "another base",
    ),
    "foreign base in the card": (lambda at: card(at, base={"sha256": "0" * 64}), "another base"),
    "another's card": (lambda at: card(at, adapter={"sha256": "0" * 64}), "speaks of other weights"),
    "broken card": (lambda at: (at / "card.json").write_text("{"), "not valid JSON"),
    "large card": (lambda at: (at / "card.json").write_bytes(b" " * 2**21), "too large"),
    "rank 256": (lambda at: change_settings(at, r=256), "rank is 256, above the limit of 64"),
    "DoRA": (lambda at: change_settings(at, use_dora=True), "uses DoRA"),
    "modules_to_save": (lambda at: change_settings(at, modules_to_save=["lm_head"]), "modules_to_save"),
    "cut off": (cut, "lies outside the file"),
    "garbage after the weights": (lambda at: pad(at, b"\x7fELF"), "bytes that belong to no tensor"),
    "no weights": (lambda at: (at / WEIGHTS).unlink(), "is missing"),
}


@pytest.mark.parametrize("how", SPOILED)
@pytest.mark.parametrize("packed", [zipped, lambda folder: folder])
def test_a_spoiled_adapter_is_refused_and_nothing_is_left(
    shelf: Shelf, adapter: Adapter, tmp_path: Path, how: str, packed: Callable[[Path], Path]
) -> None:
    spoil, said = SPOILED[how]
    spoil(folder := adapter())
    with pytest.raises(AdapterRefused, match=said) as refused:
        shelf.receive("mei-ling", packed(folder), at_ms=1)
    assert str(refused.value).endswith(".")
    assert on_disk(tmp_path / "shelf") == []
    with pytest.raises(AdapterRefused, match=said):
        shelf.check(folder)


@pytest.mark.parametrize("trick", ODD)
def test_a_strange_archive_leaves_nothing_on_the_shelf(tmp_path: Path, base: BaseFacts, trick: str) -> None:
    shelf = Shelf(tmp_path / "shelf", base, AdapterLimits())
    with pytest.raises(AdapterRefused):
        shelf.receive("mei-ling", ODD[trick][0](tmp_path), at_ms=1)
    assert on_disk(tmp_path / "shelf") == []


@pytest.mark.parametrize("who", ["", "../x", "a/b", "Mei Ling", "x@y", "-x", "x" * 41])
def test_an_id_that_is_none_is_refused(shelf: Shelf, adapter: Adapter, tmp_path: Path, who: str) -> None:
    with pytest.raises(AdapterRefused, match="no finalist's id"):
        shelf.receive(who, adapter(), at_ms=1)
    assert {one.name for one in tmp_path.iterdir()} <= {"mine", "shelf"}
    assert on_disk(tmp_path / "shelf") == []


def test_the_same_content_twice_is_the_same_entry_and_the_newest(shelf: Shelf, adapter: Adapter) -> None:
    first, second = shelf.receive("mei-ling", adapter(0), at_ms=1), shelf.receive("mei-ling", adapter(1), at_ms=2)
    assert shelf.stock().served == (second,)
    again = shelf.receive("mei-ling", zipped(adapter(0)), at_ms=3, name="again.zip")
    assert again.folder == first.folder
    assert [entry.record.name for entry in shelf.entries()] == [second.record.name, first.record.name]
    assert shelf.stock().served == (again,)
    assert again.record.file_name == "again.zip"


def test_the_same_weights_with_other_settings_are_refused(shelf: Shelf, adapter: Adapter) -> None:
    first = shelf.receive("mei-ling", adapter(), at_ms=1)
    change_settings(folder := adapter(), lora_alpha=99)
    with pytest.raises(AdapterRefused, match=f"on the shelf already as {first.record.name} with other settings"):
        shelf.receive("mei-ling", folder, at_ms=2)
    assert shelf.entries() == (first,)
    change_settings(folder := adapter(), inference_mode=True)  # says nothing of what an engine computes
    assert shelf.receive("mei-ling", folder, at_ms=3).folder == first.folder


def test_replacing_keeps_the_earlier_and_removing_is_explicit(shelf: Shelf, adapter: Adapter) -> None:
    first, second = shelf.receive("arjun", adapter(0), at_ms=1), shelf.receive("arjun", adapter(1), at_ms=2)
    assert {entry.record.name for entry in shelf.entries()} == {first.record.name, second.record.name}
    shelf.remove(second.record.name)
    assert shelf.stock().served == (first,)
    assert not second.folder.exists()
    for name in (second.record.name, "..", "../accepted", ""):
        with pytest.raises(AdapterRefused, match="finale adapters list"):
            shelf.remove(name)


def test_a_shelf_full_of_one_finalists_tries_says_so(
    shelf: Shelf, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.intake.shelf.MOST_PER_FINALIST", 1)
    shelf.receive("arjun", adapter(0), at_ms=1)
    with pytest.raises(AdapterRefused, match="on the shelf already; ask the organiser"):
        shelf.receive("arjun", adapter(1), at_ms=2)
    shelf.receive("arjun", adapter(0), at_ms=3)
    shelf.receive("farah", adapter(1), at_ms=4)


def test_what_was_accepted_for_another_base_is_not_served_and_said(
    shelf: Shelf, adapter: Adapter, tmp_path: Path, base: BaseFacts
) -> None:
    shelf.receive("arjun", adapter(), at_ms=1)
    other = Shelf(tmp_path / "shelf", replace(base, sha256="f" * 64), AdapterLimits())
    stock = other.stock()
    assert stock.served == ()
    assert "was accepted for another base" in stock.problems[0]
    with pytest.raises(AdapterRefused, match="another base"):
        other.verify(other.entries()[0])


def test_what_changed_on_the_shelf_is_not_served_and_said(shelf: Shelf, adapter: Adapter, tmp_path: Path) -> None:
    spoiled = shelf.receive("arjun", adapter(0), at_ms=1)
    sound = shelf.receive("farah", adapter(1), at_ms=2)
    lost = shelf.receive("priya", adapter(2), at_ms=3)
    shutil.copy(sound.folder / WEIGHTS, spoiled.folder / WEIGHTS)
    shutil.copy(sound.folder / SETTINGS, spoiled.folder / SETTINGS)
    (lost.folder / "accepted.json").write_text("{}")
    stock = shelf.stock()
    assert stock.served == (sound,)
    assert len(stock.problems) == 2
    assert "not those that were accepted" in " ".join(stock.problems)
    assert f"record of {lost.record.name} on the shelf cannot be read" in " ".join(stock.problems)
    stricter = Shelf(tmp_path / "shelf", shelf.base, AdapterLimits(max_rank=2))
    assert "above the limit of 2" in " ".join(stricter.stock().problems)


def test_what_a_crash_left_in_quarantine_is_swept_at_the_next_start(
    shelf: Shelf, adapter: Adapter, tmp_path: Path, base: BaseFacts
) -> None:
    incoming = tmp_path / "shelf" / "incoming"
    kept = shelf.receive("arjun", adapter(), at_ms=1)
    crashed = subprocess.run(
        [
            sys.executable, "-c",
            "import os, sys; from pathlib import Path; from models.intake.quarantine import quarantine\n"
            "context = quarantine(Path(sys.argv[1])); place = context.__enter__()\n"
            "(place / 'half.zip').write_bytes(b'PK'); os._exit(9)",
            str(incoming),
        ],
        check=False,
    )  # fmt: skip
    assert crashed.returncode == 9
    assert len(list(incoming.iterdir())) == 1
    (incoming / "stray").write_text("")
    with quarantine(incoming) as held:  # an upload that is under way in another process
        assert Shelf(tmp_path / "shelf", base, AdapterLimits()).entries() == (kept,)
        assert list(incoming.iterdir()) == [held]
    assert sweep(incoming) == 0


def test_a_full_disk_leaves_nothing_behind(
    shelf: Shelf, adapter: Adapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    folder = adapter()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        shelf.receive("arjun", folder, at_ms=1)
    assert on_disk(tmp_path / "shelf") == []
