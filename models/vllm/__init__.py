"""vLLM as an engine: options and arguments, the child on its leash, and the reasons why a start failed."""

from models.vllm.engine import VllmEngine
from models.vllm.options import VllmOptions

__all__ = ["VllmEngine", "VllmOptions"]
