"""The audience's languages. Every language is one table of the same words; a test keeps them complete."""

from functools import lru_cache

from server.web.words._table import Words
from server.web.words.english import ENGLISH
from server.web.words.malay import MALAY
from server.web.words.mandarin import MANDARIN
from server.web.words.tamil import TAMIL

LANGUAGES = {"en": ENGLISH, "zh": MANDARIN, "ms": MALAY, "ta": TAMIL}

__all__ = ["LANGUAGES", "Words", "preferred", "words_in"]


def words_in(lang: str) -> Words:
    """The table of a language; English for one we do not have."""
    return LANGUAGES.get(lang, ENGLISH)


@lru_cache(maxsize=1024)
def preferred(accept_language: str) -> str:
    """The language of ours that a browser's Accept-Language header likes best: "en", "zh", "ms" or "ta"."""
    wishes = [_wish(part) for part in accept_language[:400].split(",")]
    ours = [(q, -place, lang) for place, (lang, q) in enumerate(wishes) if lang in LANGUAGES and q > 0]
    return max(ours)[2] if ours else "en"


def _wish(part: str) -> tuple[str, float]:
    """One entry such as "ms-SG;q=0.8": its primary language and its quality."""
    tag, _, parameter = part.strip().partition(";")
    primary = tag.strip().lower().partition("-")[0]
    try:
        quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        quality = 0.0
    return primary, quality
