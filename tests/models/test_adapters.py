"""The validator: one test per refusal, on files that PEFT itself wrote and that were then spoiled."""

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.adapters import AdapterFacts, AdapterLimits, AdapterRefused, check_adapter, describe_base, engine_name
from models.catalogue import Catalogue, CatalogueError, load_catalogue
from tests.models import tiny

WEIGHTS, SETTINGS = "adapter_model.safetensors", "adapter_config.json"
A_KEY = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
B_KEY = A_KEY.replace("lora_A", "lora_B")


@pytest.fixture
def handed_in(catalogue: Catalogue, tmp_path: Path) -> Path:
    """A copy of a sound adapter, to be spoiled."""
    return Path(shutil.copytree(catalogue.adapters[0].path, tmp_path / "inbox" / "adapter"))


@pytest.fixture
def check(catalogue: Catalogue, handed_in: Path) -> Callable[..., AdapterFacts]:
    """Check the handed-in adapter against the tiny base."""
    base = describe_base(catalogue.base)
    return lambda **limits: check_adapter(handed_in, base, limits=AdapterLimits(**limits), inside=handed_in.parent)


def change_settings(folder: Path, **changes: Any) -> None:
    settings = json.loads((folder / SETTINGS).read_text()) | changes
    (folder / SETTINGS).write_text(json.dumps(settings))


def change_tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], object], **metadata: str) -> None:
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()}, folder / WEIGHTS, metadata=metadata or None
    )


def test_a_sound_adapter_passes_with_its_facts(check: Callable[..., AdapterFacts], handed_in: Path) -> None:
    facts = check()
    assert facts.sha256 == tiny.sha256_of(handed_in)
    assert facts.rank == 2
    assert set(facts.target_modules) == set(tiny.TARGETS)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_passes(check: Callable[..., AdapterFacts], handed_in: Path, dtype: torch.dtype) -> None:
    change_tensors(handed_in, lambda t: t.update({name: tensor.to(dtype) for name, tensor in t.items()}))
    assert check().rank == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"peft_type": "LOHA"}, "only LORA is served"),
        ({"task_type": "SEQ_CLS"}, "only CAUSAL_LM"),
        ({"use_dora": True}, "uses DoRA"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"bias": "all"}, 'bias="none"'),
        ({"lora_bias": True}, "lora_bias"),
        ({"rank_pattern": {"q_proj": 8}}, "rank_pattern"),
        ({"alpha_pattern": {"q_proj": 8}}, "alpha_pattern"),
        ({"layer_replication": [[0, 1]]}, "layer_replication"),
        ({"trainable_token_indices": [1]}, "trainable_token_indices"),
        ({"init_lora_weights": "pissa_niter_4"}, "changes the base"),
        ({"r": 65}, "rank is 65, above the limit of 64"),
        ({"r": 256}, "rank is 256"),
        ({"r": 0}, "at least 1"),
        ({"r": True}, "whole number"),
        ({"r": 3}, "lora_A of .* this base expects"),
        ({"lora_alpha": 0}, "lora_alpha"),
        ({"lora_alpha": float("nan")}, "lora_alpha"),
        ({"target_modules": "all-linear"}, "list of module names"),
        ({"target_modules": []}, "list of module names"),
        ({"target_modules": ["q_proj"]}, "target_modules does not name"),
        ({"target_modules": [*tiny.TARGETS, "x_proj"]}, "names 'x_proj'"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_served_are_refused(
    check: Callable[..., AdapterFacts], handed_in: Path, changes: dict[str, Any], why: str
) -> None:
    change_settings(handed_in, **changes)
    with pytest.raises(AdapterRefused, match=why):
        check()


@pytest.mark.parametrize(
    ("text", "why"), [("{", "not valid JSON"), ("[]", "table of settings"), (" " * 300_000, "too large")]
)
def test_broken_settings_are_refused(check: Callable[..., AdapterFacts], handed_in: Path, text: str, why: str) -> None:
    (handed_in / SETTINGS).write_text(text)
    with pytest.raises(AdapterRefused, match=why):
        check()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda t: t.update({A_KEY: torch.full_like(t[A_KEY], float("nan"))}), "NaN or infinite"),
        (lambda t: t.update({A_KEY: torch.full_like(t[A_KEY], float("inf"))}), "NaN or infinite"),
        (lambda t: t.update({A_KEY: torch.full_like(t[A_KEY], float("-inf")).bfloat16()}), "NaN or infinite"),
        (lambda t: t.update({A_KEY: t[A_KEY][:, :-1]}), "lora_A of .* this base expects"),
        (lambda t: t.update({B_KEY: t[B_KEY][:-1]}), "lora_B of .* this base expects"),
        (lambda t: t.pop(B_KEY), "lora_B of .* is missing"),
        (lambda t: t.update({A_KEY: t[A_KEY].double()}), "type F64"),
        (lambda t: t.update({A_KEY: t[A_KEY].to(torch.int8)}), "type I8"),
        (lambda t: t.update({A_KEY.replace("layers.0", "layers.9"): t[A_KEY].clone()}), "no linear layer"),
        (lambda t: t.update({"base_model.model.lm_head.lora_A.weight": t.pop(A_KEY)}), "no linear layer 'lm_head'"),
        (lambda t: t.update({A_KEY.replace("A.weight", "magnitude_vector"): t[B_KEY].clone()}), "plain LoRA has not"),
        (lambda t: t.update({"evil": torch.zeros(1)}), "plain LoRA has not"),
        (lambda t: t.clear(), "no LoRA tensors"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_the_base_are_refused(
    check: Callable[..., AdapterFacts], handed_in: Path, change: Callable[[dict[str, torch.Tensor]], object], why: str
) -> None:
    change_tensors(handed_in, change)
    with pytest.raises(AdapterRefused, match=why):
        check()


def test_an_adapter_that_names_another_base_is_refused(check: Callable[..., AdapterFacts], handed_in: Path) -> None:
    change_tensors(handed_in, lambda t: None, base_sha256="0" * 64)
    with pytest.raises(AdapterRefused, match="another base model"):
        check()


def with_header(header: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + data


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "header length is impossible"),
        (b"\xff" * 64, "header length is impossible"),
        (b"PK\x03\x04" + bytes(100), "header length is impossible"),
        (with_header(b"{nonsense}"), "header is not JSON"),
        (with_header(b"[" * 20_000), "header is not JSON"),
        (with_header(b"[1]"), "not a table of tensors"),
        (with_header(b'{"a":{"dtype":"F32"}}'), "incomplete"),
        (with_header(b'{"a":{"dtype":"Q7","shape":[1],"data_offsets":[0,4]}}', bytes(4)), "unknown type"),
        (with_header(b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,4]}}', bytes(4)), "does not fit its shape"),
        (with_header(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'), "outside the file"),
        (with_header(b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[4,0]}}', bytes(4)), "does not fit its shape"),
        (
            with_header(
                b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
                b'"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}',
                bytes(8),
            ),
            "overlaps",
        ),
    ],
)
def test_a_broken_weights_file_is_refused(
    check: Callable[..., AdapterFacts], handed_in: Path, content: bytes, why: str
) -> None:
    (handed_in / WEIGHTS).write_bytes(content)
    with pytest.raises(AdapterRefused, match=why):
        check()


def test_a_pickle_is_refused_even_beside_sound_weights(check: Callable[..., AdapterFacts], handed_in: Path) -> None:
    (handed_in / "training_args.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(AdapterRefused, match="pickle"):
        check()


@pytest.mark.parametrize("name", [WEIGHTS, SETTINGS])
def test_a_missing_file_is_named(check: Callable[..., AdapterFacts], handed_in: Path, name: str) -> None:
    (handed_in / name).unlink()
    with pytest.raises(AdapterRefused, match=f"{name} is missing"):
        check()


def test_a_symbolic_link_is_refused(check: Callable[..., AdapterFacts], handed_in: Path) -> None:
    (handed_in / WEIGHTS).rename(handed_in.parent / "elsewhere")
    (handed_in / WEIGHTS).symlink_to(handed_in.parent / "elsewhere")
    with pytest.raises(AdapterRefused, match="symbolic link"):
        check()


def test_a_folder_inside_is_refused(check: Callable[..., AdapterFacts], handed_in: Path) -> None:
    (handed_in / "checkpoint-10").mkdir()
    with pytest.raises(AdapterRefused, match="not a plain file"):
        check()


def test_weights_above_the_size_limit_are_refused(check: Callable[..., AdapterFacts]) -> None:
    with pytest.raises(AdapterRefused, match="above the limit of 1,000"):
        check(max_bytes=1000)


@pytest.mark.parametrize("path", ["../adapter", "..", "/etc"])
def test_a_path_out_of_the_inbox_is_refused(catalogue: Catalogue, handed_in: Path, path: str) -> None:
    inbox = handed_in / "inner"
    inbox.mkdir()
    with pytest.raises(AdapterRefused, match="leads out"):
        check_adapter(inbox / path, describe_base(catalogue.base), limits=AdapterLimits(), inside=inbox)


def test_a_base_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterRefused, match="no safetensors base model"):
        describe_base(tmp_path)


def test_the_engine_name_carries_the_content_hash() -> None:
    assert engine_name("mei-ling", "0123456789abcdef" * 4) == "mei-ling@0123456789ab"


def test_the_catalogue_serves_every_adapter_and_the_judge(catalogue: Catalogue) -> None:
    assert len(catalogue.served) == 6
    assert catalogue.judge is not None
    assert all(name == f"{folder.name}@{tiny.sha256_of(folder)[:12]}" for name, folder in catalogue.served.items())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda c: c["base"].update(sha256="0" * 64), "weights of 'base' have the hash"),
        (lambda c: c["adapters"][1].update(sha256="0" * 64), "weights of 'f1' have the hash"),
        (lambda c: c["adapters"][1].update(path="../../etc"), "leads out"),
        (lambda c: c["adapters"][1].update(path="adapters/nobody"), "no adapter folder"),
        (lambda c: c["adapters"][1].update(id="f0"), "more than once"),
        (lambda c: c["adapters"][1].update(id="F 1"), "lower-case"),
        (lambda c: c["adapters"][1].pop("path"), "no 'path'"),
        (lambda c: c.pop("base"), "no table 'base'"),
        (lambda c: c.update(adapters={}), "no list 'adapters'"),
        (lambda c: c["judge"].update(prompt="../../prompt.json"), "leads out"),
    ],
)  # fmt: skip
def test_a_catalogue_that_does_not_fit_its_files_is_refused(
    catalogue_file: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    root = shutil.copytree(catalogue_file.parent, tmp_path / "copy")
    data = json.loads(catalogue_file.read_text())
    change(data)
    (root / "catalogue.json").write_text(json.dumps(data))
    with pytest.raises((CatalogueError, AdapterRefused), match=why):
        load_catalogue(root / "catalogue.json")


@pytest.mark.parametrize(("text", "why"), [(None, "no catalogue at"), ("{", "cannot be read"), ("[]", "JSON object")])
def test_an_unreadable_catalogue_is_refused(tmp_path: Path, text: str | None, why: str) -> None:
    if text is not None:
        (tmp_path / "catalogue.json").write_text(text)
    with pytest.raises(CatalogueError, match=why):
        load_catalogue(tmp_path / "catalogue.json")


def test_the_shipped_adapters_pass(demo_catalogue: Catalogue) -> None:
    assert len(demo_catalogue.adapters) == 5
    assert demo_catalogue.judge is not None
