"""Which language a text is in, by py3langid (ISO 639-1 codes). Malay and Indonesian look much alike to it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from training.data.errors import DataError

READ_CHARACTERS = 2000  # more does not change the answer

Identify = Callable[[str], tuple[str, float]]


def identify(text: str) -> tuple[str, float]:
    """The code of the language that a text is most likely in, and the probability, 0 to 1."""
    language, probability = _identifier().classify(text[:READ_CHARACTERS])
    return str(language), float(probability)


def check_codes(codes: frozenset[str]) -> None:
    """Raise DataError for a code that py3langid does not know."""
    known = {str(label) for label in _identifier().labels}
    if unknown := sorted(codes - known):
        raise DataError(
            f"There is no language {', '.join(unknown)}; give ISO 639-1 codes such as en, zh, ms, ta "
            f"({len(known)} are known)."
        )


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
