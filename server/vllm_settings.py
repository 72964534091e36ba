"""How vLLM is run for the finalists' models: the settings of the engine "vllm". Empty or 0: vLLM's own."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class VllmSettings(BaseSettings):
    """Part of `server.settings.Settings`."""

    base: str = Field(
        "", description="Base model: its folder, or its name in this machine's model cache. Empty: the catalogue's."
    )
    vllm_python: str = Field(
        "", description="Interpreter that has vLLM. Empty: .venv-vllm beside the project if it is there, else this one."
    )
    vllm_command: str = Field(
        "", description="Another command, e.g. docker run … IMAGE; vLLM's arguments are appended to it."
    )
    vllm_url: str = Field("", description="Address of a vLLM that runs already, ending in /v1; then none is started.")
    vllm_key_env: str = Field("", description="Name of the variable that holds the key of the vLLM at that address.")
    vllm_port: int = Field(0, ge=0, le=65535, description="Port of the vLLM that is started. 0: any free one.")
    vllm_memory: float = Field(0.9, gt=0, le=1, description="Share of the GPU's memory that vLLM may take.")
    vllm_context: int = Field(
        0, ge=0, description="Tokens of prompt and answer together. 0: as the base can read, at most 8192."
    )
    vllm_dtype: str = Field("", description="Type to compute in: bfloat16, float16 or float32. Empty: the base's own.")
    vllm_tensor_parallel: int = Field(1, ge=1, le=64, description="GPUs to spread the base over.")
    vllm_quantisation: str = Field("", description="Quantisation of the base, e.g. fp8. Empty: as the base is stored.")
    vllm_eager: bool = Field(False, description="No compiled graphs: a faster start, slower tokens.")
    vllm_cpu_cache_gb: int = Field(2, ge=1, le=4096, description="Key-value cache in GB where vLLM runs on a CPU.")
    vllm_rank: int = Field(
        16, ge=1, le=512, description="Adapters up to this rank load while vLLM runs; higher ones restart it."
    )
    vllm_room: int = Field(3, ge=0, le=64, description="Adapters that can be loaded beside those of the start.")
    vllm_arguments: str = Field("", description="More arguments for vLLM, as in a shell; they win over all others.")
    vllm_start_seconds: float = Field(900.0, gt=0, description="Longest wait until vLLM is ready.")
    vllm_log: Path = Field(Path("var/vllm.log"), description="File that keeps what vLLM writes.")
