"""Logs of starts that failed, as vLLM 0.32 and the parts below it wrote them, become one sentence with a next step."""

import pytest

from models.vllm.causes import last_words, why_it_ended

RECORDED = {
    "(EngineCore pid=1) ERROR 11-28 11:00:24 [core.py:1750] RuntimeError: Worker failed with error 'LoRA rank 16 is "
    "greater than max_lora_rank 8.', please check the stack trace above for the root cause": "FINALE_VLLM_RANK",
    "huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': "
    "'/nowhere/base'. Use `repo_type` argument if needed.": "no folder at the base's path",
    "huggingface_hub.errors.LocalEntryNotFoundError: Cannot find an appropriate cached snapshot folder for the "
    "specified revision on the local disk and outgoing traffic has been disabled.": "kept on this machine",
    "  Value error, Invalid repository ID or local directory specified: '/tmp/x'.\nPlease verify the following "
    "requirements:\n   - For Hugging Face models: ensure the presence of a 'config.json'.": "no config.json",
    "api_server.py: error: unrecognized arguments: --no-such-thing": "unrecognized arguments: --no-such-thing",
    "api_server.py: error: argument --dtype: invalid choice: 'float17' (choose from 'auto', 'half')": "float17",
    "  Value error, Unknown quantization method: fp8x. Must be one of ['awq', 'fp8']": "no quantisation 'fp8x'",
    "  Value error, User-specified max_model_len (9999) is greater than the derived max_model_len "
    "(max_position_embeddings=1024.0 or model_max_length=None in model's config.json).": "reads 1024 at most",
    "safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata": "cut off",
    "OSError: [Errno 98] Address already in use": "The port is in use",
    "ValueError: To serve at least one request with the model's max seq len (1024), (0.0 GiB KV cache is needed, which "
    "is larger than the available KV cache memory (0.0 GiB).": "key-value cache does not fit",
    "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing "
    "the engine.": "key-value cache does not fit",
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 0 has a total capacity of 79.10 GiB "
    "of which 311.88 MiB is free.": "GPU's memory is too small",
    "ValueError: Free memory on device cuda:0 (3.21/79.1 GiB) on startup is less than desired GPU memory utilization "
    "(0.9, 71.19 GiB).": "3.21/79.1 GiB",
    "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0.": "float16",
    "RuntimeError: Failed to infer device type, please set the environment variable": "no usable GPU",
    "/usr/bin/python3: No module named vllm": "not installed",
    "/usr/bin/python3: Error while finding module specification for 'vllm.entrypoints.openai.api_server' "
    "(ModuleNotFoundError: No module named 'vllm')": "not installed",
    "[leash] /opt/python cannot be started: No such file or directory": "/opt/python cannot be started",
    "ValueError: Model architectures ['RwkvForCausalLM'] are not supported for now. Supported architectures: dict_keys("
    ")": "newer vLLM",
    "docker: Error response from daemon: could not select device driver": "FINALE_VLLM_COMMAND",
    "OSError: [Errno 28] No space left on device": "disk is full",
}


@pytest.mark.parametrize("line", RECORDED)
def test_a_recorded_failure_becomes_a_sentence(line: str) -> None:
    around = [
        "INFO 11-28 10:54:09 [api_utils.py:286] non-default args: {'model': 'x'}",
        *line.splitlines(),
        " - leaked",
    ]
    sentence = why_it_ended(around, 1)
    assert RECORDED[line] in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_kill_without_words_is_told_as_what_it_mostly_is() -> None:
    assert "memory ran out" in why_it_ended([], 137)


def test_what_is_not_recognised_is_told_in_the_logs_own_words_without_the_noise() -> None:
    log = [
        "(APIServer pid=7) INFO 11-28 10:54:09 [cpu.py:1] all is well",
        "(APIServer pid=7) ERROR 11-28 10:54:10 [core.py:9] FrobnicationError: the frobs are gone",
        "nanobind: leaked 514 functions!",
        ' - leaked function "create_int_cast"',
        "  warnings.warn('resource_tracker: There appear to be %d '",
    ]
    assert last_words(log) == "FrobnicationError: the frobs are gone"
    assert 'its last words: "FrobnicationError: the frobs are gone"' in why_it_ended(log, 1)
    assert "said nothing" in why_it_ended([], 4)
