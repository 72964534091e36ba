"""The space of settings: what may be written, what is refused and with which words, and in which order it is tried."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.adapters import AdapterLimits
from training.search import Range, SearchRefused, Space, SpaceRefused, Values, read_space
from training.search.space import in_random_order
from training.search.space_checks import check_base
from training.search.space_file import as_data, space_of
from training.tuning import TuningSettings

SETTINGS = TuningSettings()


def written(tmp_path: Path, text: str) -> Space:
    (tmp_path / "space.toml").write_text(text)
    return read_space(tmp_path / "space.toml", SETTINGS)


def test_values_and_ranges_are_read_as_the_settings_hold_them(tmp_path: Path) -> None:
    space = written(
        tmp_path,
        """
        lora_r = [4, 8.0, 16]
        learning_rate = {low = 2e-4, high = 5e-3, log = true}
        epoch = {low = 1, high = 3, step = 0.5}
        warmup_steps = {low = 0, high = 20}
        target_modules = [["q_proj", "v_proj"], "attention"]
        packing = [true, false]
        """,
    )
    assert space.dimensions == (
        Values("lora_r", (4, 8, 16)),
        Range("learning_rate", 2e-4, 5e-3, log=True),
        Values("epoch", (1.0, 1.5, 2.0, 2.5, 3.0)),
        Range("warmup_steps", 0, 20, whole=True),
        Values("target_modules", (("q_proj", "v_proj"), ("q_proj", "k_proj", "v_proj", "o_proj"))),
        Values("packing", (True, False)),
    )
    assert space.size is None


def test_what_is_stored_of_a_try_gives_its_settings_back() -> None:
    space = space_of({"target_modules": ["attention", "q_proj"], "lora_r": [4, 8]}, SETTINGS)
    stored = space.combination(1)
    assert stored == {"target_modules": "q_proj,k_proj,v_proj,o_proj", "lora_r": 8}
    assert SETTINGS.changed(space.changes(stored)).target_modules == ("q_proj", "k_proj", "v_proj", "o_proj")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "space is empty"),
        ("lora_r = [4", "not valid TOML"),
        ("lora_r = 4", "a search needs several"),
        ("lora_r = []", "no values to try"),
        ("lora_r = [4, 8, 4.0]", "twice"),
        ("lora_r = [4, 0]", "lora_r must be a whole number from 1 to 512, not 0"),
        ("lora_r = ['high']", "not 'high'"),
        ("lora_rank = [4, 8]", "Did you mean lora_r"),
        ("learning_rate = [1e-3, 10]", "destroys the adapter"),
        ("use_dora = [true, false]", "DoRA adapters are not served"),
        ("use_dora = [false]", "cannot be searched"),
        ("instruction_tuned = [true, false]", "losses could not be compared"),
        ("validation_split_ratio = [0.1, 0.2]", "losses could not be compared"),
        ("max_val_samples = {low = 10, high = 20}", "losses could not be compared"),
        ("packing = [true]\ngroup_by_length = [true, false]", "combination that is refused"),
        ("learning_rate = {low = 1e-4}", "both low and high"),
        ("learning_rate = {low = 1e-4, high = 1e-3, scale = 'log'}", "'scale' is unknown"),
        ("learning_rate = {low = 1e-3, high = 1e-4}", "from a lower to a higher"),
        ("learning_rate = {low = 1e-3, high = 1e-3}", "from a lower to a higher"),
        ("learning_rate = {low = 1e-3, high = 20}", "destroys the adapter"),
        ("learning_rate = {low = 1e-4, high = 1e-3, log = 1}", "true or false"),
        ("lora_dropout = {low = 0, high = 0.5, log = true}", "above 0"),
        ("packing = {low = 0, high = 1}", "packing must be true or false"),
        ("lr_scheduler_type = {low = 1, high = 2}", "lr_scheduler_type must be one of"),
        ("max_steps = {low = -1, high = 100}", "lower to a higher"),
        ("epoch = {low = 1, high = 3, step = 0}", "above 0"),
        ("epoch = {low = 1, high = 3, step = 5}", "at most 2"),
        ("epoch = {low = 1, high = 3, step = 1, log = true}", "not both"),
        ("warmup_ratio = {low = 0, high = 0.9, step = 1e-6}", "larger step"),
    ],
)
def test_a_bad_space_is_refused_with_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SpaceRefused) as refused:
        written(tmp_path, text)
    assert told in str(refused.value)


def test_too_many_settings_at_once_are_refused() -> None:
    names = ["seed", "warmup_steps", "weight_decay", "lora_r", "lora_alpha", "lora_dropout", "epoch"]
    names += ["logging_steps", "save_steps", "eval_steps", "save_total_limit", "early_stopping_patience", "max_steps"]
    names += ["per_device_train_batch_size", "per_device_eval_batch_size", "gradient_accumulation_steps"]
    values: dict[str, list[Any]] = {name: [0.5] if name in ("weight_decay", "lora_dropout") else [1] for name in names}
    values |= {"warmup_ratio": [0.1], "max_grad_norm": [1], "neftune_noise_alpha": [1], "learning_rate": [1e-3]}
    space_of(values, SETTINGS)
    with pytest.raises(SpaceRefused, match="at most 20"):
        space_of({**values, "max_train_samples": [5]}, SETTINGS)


def test_a_space_survives_being_written_down() -> None:
    data = {
        "lora_r": [4, 8],
        "learning_rate": {"low": 1e-4, "high": 1e-3, "log": True},
        "target_modules": ["attention"],
    }
    space = space_of(data, SETTINGS)
    assert space_of(as_data(space), SETTINGS) == space


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"lora_r": [8, 64]}, "serves ranks up to"),
        ({"lora_r": {"low": 4, "high": 64}}, "serves ranks up to"),
        ({"target_modules": ["attention", "conv_9"]}, "'conv_9'"),
        ({"load_in_4bit": [True, False]}, "CUDA"),
    ],
)
def test_a_space_that_the_event_or_the_machine_cannot_do_is_refused_before_the_first_try(
    base: Path, data: dict[str, Any], told: str
) -> None:
    import torch

    if torch.cuda.is_available() and told == "CUDA":
        pytest.skip("this machine has a GPU")
    with pytest.raises(SearchRefused, match=told):
        check_base(space_of(data, SETTINGS), SETTINGS, base, AdapterLimits(max_rank=16))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_every_combination_has_one_number(sizes: list[int]) -> None:
    names = ("lora_r", "epoch", "seed", "warmup_steps")
    space = Space(tuple(Values(name, tuple(range(1, 1 + size))) for name, size in zip(names, sizes, strict=False)))
    assert space.size is not None
    found = {tuple(space.combination(number).items()) for number in range(space.size)}
    assert len(found) == space.size


@given(st.integers(1, 300), st.integers(0, 2**32))
def test_a_random_order_has_every_number_once(size: int, seed: int) -> None:
    assert sorted(in_random_order(size, seed)) == list(range(size))
    assert list(in_random_order(size, seed)) == list(in_random_order(size, seed))


def test_an_endless_order_begins_at_once_and_repeats_nothing() -> None:
    found = list(islice(in_random_order(10**15, 1), 1000))
    assert len(set(found)) == 1000
    assert all(0 <= number < 10**15 for number in found)
