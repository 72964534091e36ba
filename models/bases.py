"""Where a base model lies: a folder that is given, or the machine's model cache for one that is named.

Nothing is fetched: a show must not depend on somebody else's server.
"""

from pathlib import Path

from models.protocol import EngineError

CONFIG = "config.json"


def find_base(base: str) -> Path:
    """The folder of the base model `base`: its path, or its name on the Hugging Face hub. Raises EngineError."""
    folder = Path(base).expanduser() if is_path(base) else _cached(base)
    if not folder.is_dir():
        raise EngineError(f"There is no folder {folder}; correct the base (--base, FINALE_BASE).")
    if not (folder / CONFIG).is_file():
        raise EngineError(f"{folder} holds no model (no {CONFIG}); correct the base (--base, FINALE_BASE).")
    return folder.resolve()


def is_path(base: str) -> bool:
    """Whether `base` is meant as a path and not as a name such as meta-llama/Llama-3.1-8B-Instruct."""
    return base.startswith((".", "/", "~")) or base.count("/") != 1 or Path(base).is_dir()


def _cached(name: str) -> Path:
    from huggingface_hub import try_to_load_from_cache  # takes a while, and a folder needs none of it
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, CONFIG)
    except HFValidationError as error:
        raise EngineError(f"{name!r} is neither a folder nor a model's name; correct --base (FINALE_BASE).") from error
    if not isinstance(found, str):
        raise EngineError(
            f"{name} is neither a folder here nor in this machine's model cache; give its folder with --base, or fetch "
            f"it first: hf download {name}."
        )
    return Path(found).parent
