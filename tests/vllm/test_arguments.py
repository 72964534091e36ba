"""What vLLM is started with follows from the adapters and the organiser's choices, to the letter."""

import json
from pathlib import Path

import pytest

from models.catalogue import load_catalogue
from models.protocol import EngineError
from models.vllm import VllmOptions
from models.vllm.options import RANKS, arguments, command, environment
from models.vllm.tokens import control_tokens
from server.domain.errors import Refused
from server.settings import DEMO_MODELS, Settings
from server.vllm_choice import default_python, options_of
from tests.vllm.waiting import adapter_folder


def value_of(made: list[str], name: str) -> str:
    assert made.count(name) == 1, made
    return made[made.index(name) + 1]


def test_every_adapter_gets_a_seat_beside_the_room_for_later_ones(tmp_path: Path) -> None:
    adapters = {f"a{i}@{i:012x}": adapter_folder(tmp_path / f"a{i}") for i in range(5)}
    made = arguments(VllmOptions("base", room=2), adapters, 8123)
    assert value_of(made, "--max-loras") == value_of(made, "--max-cpu-loras") == "7"
    start = made.index("--lora-modules") + 1
    assert made[start : start + 5] == [f"{name}={folder}" for name, folder in adapters.items()]
    assert (value_of(made, "--host"), value_of(made, "--port")) == ("127.0.0.1", "8123")


@pytest.mark.parametrize(("rank", "limit"), [(1, 16), (16, 16), (17, 32), (64, 64), (65, 128), (321, 512), (512, 512)])
def test_the_limit_of_ranks_is_the_least_that_vllm_takes(tmp_path: Path, rank: int, limit: int) -> None:
    made = arguments(VllmOptions("base"), {"a@1": adapter_folder(tmp_path / "a", rank)}, 1)
    assert value_of(made, "--max-lora-rank") == str(limit)
    assert limit in RANKS


def test_a_rank_that_vllm_cannot_serve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="rank 513, but vLLM serves at most 512"):
        arguments(VllmOptions("base"), {"a@1": adapter_folder(tmp_path / "a", 513)}, 1)


def test_without_adapters_and_without_room_vllm_serves_the_bare_base() -> None:
    assert not [word for word in arguments(VllmOptions("base", room=0), {}, 1) if "lora" in word]
    assert value_of(arguments(VllmOptions("base"), {}, 1), "--max-loras") == "3"


def test_what_the_organiser_chose_goes_through_and_what_not_stays_vllms_own() -> None:
    chosen = VllmOptions(
        "base", context_tokens=2048, dtype="float16", memory_share=0.5, tensor_parallel=2, quantisation="fp8",
        eager=True, more=("--max-num-seqs", "7"),
    )  # fmt: skip
    made = arguments(chosen, {}, 1)
    told = {name: value_of(made, name) for name in ("--max-model-len", "--dtype", "--gpu-memory-utilization")}
    assert told == {"--max-model-len": "2048", "--dtype": "float16", "--gpu-memory-utilization": "0.5"}
    assert (value_of(made, "--tensor-parallel-size"), value_of(made, "--quantization")) == ("2", "fp8")
    assert "--enforce-eager" in made
    assert made[-2:] == ["--max-num-seqs", "7"]
    bare = arguments(VllmOptions("base"), {}, 1)
    assert not {"--dtype", "--quantization", "--enforce-eager", "--max-model-len"} & set(bare)


def test_the_context_is_the_bases_own_up_to_a_limit(tmp_path: Path) -> None:
    def made(config: object) -> list[str]:
        (tmp_path / "config.json").write_text(json.dumps(config))
        return arguments(VllmOptions(str(tmp_path)), {}, 1)

    assert value_of(made({"max_position_embeddings": 1024}), "--max-model-len") == "1024"
    assert value_of(made({"max_position_embeddings": 131072}), "--max-model-len") == "8192"
    assert value_of(made({"text_config": {"max_position_embeddings": 4096}}), "--max-model-len") == "4096"
    assert "--max-model-len" not in made([])


def test_a_command_of_ones_own_stands_in_for_the_interpreter_and_has_no_middleware_of_ours() -> None:
    own = command(VllmOptions("base", command=("docker", "run", "IMAGE")), {}, 1)
    assert own[:5] == ["docker", "run", "IMAGE", "--model", "base"]
    assert "--middleware" not in own
    made = command(VllmOptions("base", python="/opt/python"), {}, 1)
    assert made[:3] == ["/opt/python", "-m", "vllm.entrypoints.openai.api_server"]
    assert value_of(made, "--middleware") == "gate.Gate"


def test_the_child_hears_its_key_and_none_of_the_arenas_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINALE_JUDGE_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    made = environment(VllmOptions("base", cpu_cache_gb=4), "k3y")
    assert (made["VLLM_API_KEY"], made["VLLM_CPU_KVCACHE_SPACE"], made["HF_HUB_OFFLINE"]) == ("k3y", "4", "1")
    assert not [name for name in made if name.startswith("FINALE_")]
    assert made["PYTHONPATH"].endswith("inside")


def test_control_tokens_are_read_from_the_tokenizers_file(tmp_path: Path) -> None:
    base = load_catalogue(DEMO_MODELS / "catalogue.json").base
    assert {"<|system|>", "<|assistant|>"} <= set(control_tokens(base))
    assert control_tokens(tmp_path) == []


def test_settings_become_options(tmp_path: Path) -> None:
    given = {"vllm_command": "docker run 'my image'", "vllm_arguments": "--swap-space 0", "vllm_context": 99}
    made = options_of(Settings(**given), tmp_path)  # type: ignore[arg-type]
    assert (made.command, made.more, made.context_tokens) == (("docker", "run", "my image"), ("--swap-space", "0"), 99)
    assert (made.base, made.python) == (str(tmp_path), default_python())
    with pytest.raises(Refused, match="close its quotation marks"):
        options_of(Settings(vllm_command="docker 'run"), tmp_path)  # type: ignore[call-arg]
