"""Families of models, told from their names: a judge that is kin to the models it judges tends to prefer them.

Sources: arXiv 2404.13076 (self-preference), FastChat's measurements of its judges. A name is a clue, not a proof; an
explicit family always wins over it.
"""

import json
import re
from pathlib import Path

_CLUES = {
    "claude": r"claude",
    "cohere": r"command[-_]?[ar]\b|c4ai|\baya\b",
    "deepseek": r"deep-?seek",
    "falcon": r"falcon",
    "finale-demo": r"finale-demo",
    "gemma": r"gemma|gemini",
    "glm": r"\bglm|chatglm",
    "gpt": r"\b(?:chat)?gpt-?(?:[345]|oss)|\bo[134]\b|davinci",
    "granite": r"granite",
    "internlm": r"internlm",
    "kimi": r"kimi|moonshot",
    "llama": r"llama|vicuna|alpaca|tulu|hermes-[123]",
    "mistral": r"mistral|mixtral|ministral|codestral|magistral|zephyr|devstral",
    "nemotron": r"nemotron",
    "olmo": r"olmo",
    "phi": r"\bphi-?\d",
    "qwen": r"qwen|\bqwq\b|\bqvq\b|sailor",
    "sea-lion": r"sea-?lion",
    "smollm": r"smol-?lm",
    "yi": r"\byi-",
}
FAMILIES = {family: re.compile(clue) for family, clue in _CLUES.items()}


def families_of(name: str, family: str = "") -> frozenset[str]:
    """The families a model's name speaks of: several for a model made from another, none for an unknown name.

    `family`, when given, is the answer.
    """
    if family.strip():
        return frozenset({family.strip().casefold()})
    plain = name.casefold().replace("_", "-")
    return frozenset(known for known, clue in FAMILIES.items() if clue.search(plain))


def families_of_base(catalogue: Path) -> frozenset[str]:
    """The families of a catalogue's base model: from its name, else from what its configuration says it is built like.

    Empty when neither tells, or when the files cannot be read: a warning that cannot be given is not given.
    """
    entry = _read(catalogue).get("base")
    base = entry if isinstance(entry, dict) else {}
    named = families_of(str(base.get("name", "")))
    config = _read(catalogue.parent / str(base.get("path", "")) / "config.json")
    own, kind = families_of(str(config.get("_name_or_path", ""))), families_of(str(config.get("model_type", "")))
    return named or own or kind


def families_in(folder: Path) -> frozenset[str]:
    """The families of the base model in `folder`, which no catalogue names: from its path, else its configuration."""
    config = _read(folder / "config.json")
    named = families_of("/".join(folder.parts[-3:]))  # a model cache keeps the name two folders above the files
    own, kind = families_of(str(config.get("_name_or_path", ""))), families_of(str(config.get("model_type", "")))
    return named or own or kind


def _read(file: Path) -> dict[str, object]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
