"""What can be told before vLLM is started: it takes half a minute to find out itself."""

import shutil
from pathlib import Path

from models.protocol import EngineUnavailable
from models.vllm.options import VllmOptions


def check(options: VllmOptions) -> None:
    """Raise EngineUnavailable where the base's folder or the command is not there."""
    _check_base(options.base)
    program = options.command[0] if options.command else options.python
    if shutil.which(program) is None:
        setting = "FINALE_VLLM_COMMAND" if options.command else "FINALE_VLLM_PYTHON"
        raise EngineUnavailable(f"There is no program {program}; correct {setting}.")


def is_folder(base: str) -> bool:
    """Whether `base` is meant as a folder and not as a model's name."""
    return base.startswith((".", "/", "~")) or base.count("/") > 1 or Path(base).is_dir()


def _check_base(base: str) -> None:
    if not base:
        raise EngineUnavailable("vLLM needs a base model: give its folder or name with --base (FINALE_BASE).")
    if not is_folder(base):
        return
    if not Path(base).is_dir():
        raise EngineUnavailable(f"There is no folder {base}; correct --base (FINALE_BASE).")
    if not (Path(base) / "config.json").is_file():
        raise EngineUnavailable(f"{base} holds no model (no config.json); correct --base (FINALE_BASE).")
