"""How vLLM is started: the options of an organiser, and the exact arguments and environment that follow from them.

Nothing is run here. What the arguments mean: docs.vllm.ai, "Engine Arguments" and "LoRA Adapters".
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.adapter_settings import read_settings
from models.protocol import BASE, EngineError

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM takes for --max-lora-rank."""
LONGEST_CONTEXT = 8192
"""Tokens; a base that could read more gets no more unless asked, for its key-value cache would fill the memory."""
HOST = "127.0.0.1"
GATE = Path(__file__).parent / "inside"
"""A folder with nothing but the middleware that asks for the key on every path."""


@dataclass(frozen=True, slots=True)
class VllmOptions:
    """What an organiser may choose. Zero or empty: as vLLM or the base model has it."""

    base: str
    """The folder of the base model; inside a container it must have the same path."""
    python: str = sys.executable
    """The interpreter that has vLLM."""
    command: tuple[str, ...] = ()
    """Another whole command, such as `docker run … IMAGE`; the arguments are appended to it."""
    port: int = 0
    """Zero: a free one at each start."""
    context_tokens: int = 0
    dtype: str = ""
    memory_share: float = 0.9
    """Of the GPU's memory."""
    tensor_parallel: int = 1
    quantisation: str = ""
    eager: bool = False
    """No compiled graphs: a faster start, slower tokens."""
    cpu_cache_gb: int = 2
    """Key-value cache where vLLM runs on a CPU."""
    least_rank: int = 16
    """Adapters up to this rank can be loaded at run time, higher ones by a restart."""
    room: int = 3
    """Adapters that can be loaded at run time beside those of the start."""
    more: tuple[str, ...] = ()
    """Arguments for vLLM as they are; they go last, and so win."""
    start_timeout_s: float = 900.0
    log_file: Path | None = None


def arguments(options: VllmOptions, adapters: Mapping[str, Path], port: int) -> list[str]:
    """The arguments for a server at `port` with `adapters` (engine name to folder). Raises EngineError."""
    made = ["--model", options.base, "--served-model-name", BASE, "--host", HOST, "--port", str(port)]
    # Hidden defaults of the base (top-k, penalties) would make another text than the other engines; prefixes kept
    # from an earlier request would make another one at the second asking; other pages' scripts have no business here.
    made += ["--generation-config", "vllm", "--no-enable-prefix-caching", "--allowed-origins", "[]"]
    made += ["--disable-uvicorn-access-log", *_lora(options, adapters)]
    context = options.context_tokens or own_context(options.base)
    values: dict[str, object] = {
        "--max-model-len": context,
        "--dtype": options.dtype,
        "--gpu-memory-utilization": options.memory_share,
        "--tensor-parallel-size": options.tensor_parallel,
        "--quantization": options.quantisation,
        "--middleware": "" if options.command else "gate.Gate",
    }
    made += [word for name, value in values.items() if value for word in (name, str(value))]
    return [*made, *(["--enforce-eager"] if options.eager else []), *options.more]


def command(options: VllmOptions, adapters: Mapping[str, Path], port: int) -> list[str]:
    """The whole command."""
    start = options.command or (options.python, "-m", "vllm.entrypoints.openai.api_server")
    return [*start, *arguments(options, adapters, port)]


def environment(options: VllmOptions, key: str) -> dict[str, str]:
    """The child's variables: this process's, without what the arena alone should know, and with the child's key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FINALE_", "PYTHON"))}
    made = {"VLLM_API_KEY": key, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1", "VLLM_NO_USAGE_STATS": "1"}
    made |= {"VLLM_CPU_KVCACHE_SPACE": str(options.cpu_cache_gb), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(GATE)}
    return kept | made | {"HF_HUB_OFFLINE": "1"}


def seats(options: VllmOptions, adapters: Mapping[str, Path]) -> int:
    """How many adapters are in the GPU's memory side by side: all, and the room for more."""
    return len(adapters) + options.room


def rank_limit(options: VllmOptions, adapters: Mapping[str, Path]) -> int:
    """The least --max-lora-rank that vLLM takes and that all adapters fit in. Raises EngineError."""
    highest = max(
        [options.least_rank, *(read_settings(place / "adapter_config.json").rank for place in adapters.values())]
    )
    for rank in RANKS:
        if rank >= highest:
            return rank
    raise EngineError(f"An adapter has rank {highest}, but vLLM serves at most {RANKS[-1]}; train a lower rank.")


def own_context(base: str) -> int:
    """The tokens that the base in this folder can read, at most `LONGEST_CONTEXT`; 0 where that is not known."""
    try:
        config = json.loads((Path(base) / "config.json").read_text(encoding="utf-8"))
        config = config.get("text_config") or config
        return min(int(config["max_position_embeddings"]), LONGEST_CONTEXT)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0


def _lora(options: VllmOptions, adapters: Mapping[str, Path]) -> list[str]:
    if not seats(options, adapters):
        return []
    slots = str(seats(options, adapters))
    made = ["--enable-lora", "--max-loras", slots, "--max-cpu-loras", slots]
    made += ["--max-lora-rank", str(rank_limit(options, adapters))]
    modules = [f"{name}={folder.resolve()}" for name, folder in adapters.items()]
    return [*made, "--lora-modules", *modules] if modules else made
