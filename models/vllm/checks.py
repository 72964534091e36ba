"""What can be told before vLLM is started: it takes half a minute to find out itself."""

import shutil

from models.bases import find_base
from models.protocol import EngineUnavailable
from models.vllm.options import VllmOptions


def check(options: VllmOptions) -> None:
    """Raise EngineError where the base or the program that runs vLLM is not there."""
    find_base(options.base)
    program = options.command[0] if options.command else options.python
    if shutil.which(program) is None:
        setting = "FINALE_VLLM_COMMAND" if options.command else "FINALE_VLLM_PYTHON"
        raise EngineUnavailable(f"There is no program {program}; correct {setting}.")
