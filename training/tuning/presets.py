"""Ready-made settings by name. Each is a whole TuningSettings that `changed` can change."""

from training.tuning.errors import SettingRefused
from training.tuning.settings import ALL_LINEAR, TuningSettings

PRESETS = {
    # The defaults of SageMaker JumpStart's Llama 3 fine-tuning, as its documentation lists them. What it does not name
    # (schedule, warm-up, modules of Llama's own recipe) is as in `TuningSettings`.
    "jumpstart": TuningSettings(
        epoch=5,
        learning_rate=1e-4,
        instruction_tuned=False,
        per_device_train_batch_size=4,
        per_device_eval_batch_size=1,
        max_train_samples=-1,
        max_val_samples=-1,
        max_input_length=-1,
        validation_split_ratio=0.2,
        train_data_split_seed=0,
        lora_r=8,
        lora_alpha=32,
        lora_dropout=0.05,
        int8_quantization=False,
        enable_fsdp=True,
        target_modules=("q_proj", "v_proj"),
    ),
    # For the demo base on two CPU cores: a small model needs a higher rate and more modules to change its character.
    "laptop": TuningSettings(
        epoch=3,
        learning_rate=2e-3,
        per_device_train_batch_size=2,
        lora_r=8,
        lora_alpha=16,
        lora_dropout=0.0,
        target_modules=ALL_LINEAR,
        warmup_ratio=0.1,
        packing=True,
        early_stopping_patience=4,
        adapter_dtype="bfloat16",
    ),
}


def preset(name: str) -> TuningSettings:
    """The settings of that name. Raises SettingRefused."""
    try:
        return PRESETS[name]
    except KeyError:
        raise SettingRefused(f"There is no preset {name!r}; there are {', '.join(PRESETS)}.") from None
