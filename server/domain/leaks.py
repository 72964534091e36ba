"""Whether a system prompt already carries the answer (PITFALLS 29).

A measure, not a verdict: the organiser chose whether that is allowed, flagged or forbidden.
"""

import re

SHINGLE_WORDS = 6
COPIED_SHARE = 0.5


def leak(system_prompt: str, answer: str) -> str | None:
    """What to tell the organiser if at least half of the answer's six-word runs stand in the prompt, else None."""
    prompt, text = _words(system_prompt), _words(answer)
    size = min(SHINGLE_WORDS, len(text))
    if size == 0 or len(prompt) < size:
        return None
    given = _runs(prompt, size)
    runs = [tuple(text[i : i + size]) for i in range(len(text) - size + 1)]
    share = sum(run in given for run in runs) / len(runs)
    return f"{share:.0%} of the answer stands in the system prompt" if share >= COPIED_SHARE else None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _runs(words: list[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}
