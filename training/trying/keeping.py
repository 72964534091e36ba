"""Answers that were sampled are kept by what made them: a duel that is taken up again judges the same texts."""

from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path

from models.judging.league.appending import AppendFile
from models.judging.prompts import digest
from training.trying.prompts import Asked
from training.trying.voices import Voice
from training.tuning.sampling import HowToSample

FORMAT = "finale-tried/1"
FILE = "answers.jsonl"


def kept_answers(
    folder: Path,
    base_sha256: str,
    voice: Voice,
    asked: Sequence[Asked],
    how: HowToSample,
    speak: Callable[[], list[str]],
) -> list[str]:
    """The voice's answers in the order of `asked`; `speak` is called only where one is missing. Raises FileRefused."""
    keys = [_key(base_sha256, voice, one, how) for one in asked]
    with AppendFile(folder / FILE, FORMAT) as kept:
        known = {str(row["key"]): str(row["text"]) for row in kept.rows}
        if not all(key in known for key in keys):
            for key, one, text in zip(keys, asked, speak(), strict=True):
                if known.setdefault(key, text) is text:
                    kept.append({"key": key, "voice": voice.name, "id": one.id, "text": text})
    return [known[key] for key in keys]


def _key(base_sha256: str, voice: Voice, asked: Asked, how: HowToSample) -> str:
    return digest("tried/1", base_sha256, voice.sha256, *astuple(how), asked.prompt.system, asked.prompt.question)
