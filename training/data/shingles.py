"""Texts as sets of three-word shingles, and their MinHash sketches. Near-duplicates are found in `near`."""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

PERMUTATIONS = 256  # the standard error of an estimated similarity is at most 0.032
SHINGLE_WORDS = 3
# Characters of scripts without spaces count as words of their own: Thai, Lao, Burmese, Khmer, kana, Chinese.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}!-/:-@\[-`{{-~\u2000-\u206f\u3000-\u303f\uff00-\uff0f]+")
_MULTIPLIER = 0x9E3779B97F4A7C15  # odd, from the golden ratio; word k of a shingle is multiplied by its (2k+1)-fold


def words(text: str) -> list[str]:
    """The words of a text in small letters, without punctuation."""
    return _WORD.findall(text.casefold())


def shingles(text: str) -> NDArray[np.uint32]:
    """Hashes of every run of three words, sorted; of the whole text where it is shorter or has no word."""
    found = words(text) or [text.strip()]
    return runs(found, SHINGLE_WORDS) if len(found) >= SHINGLE_WORDS else runs([" ".join(found)], 1)


def runs(found: Sequence[str], length: int) -> NDArray[np.uint32]:
    """Hashes of every run of `length` words, sorted, each once; none where there are fewer words."""
    if len(found) < length:
        return np.empty(0, np.uint32)
    hashes = np.array([_hashed(word) for word in found], dtype=np.uint64)
    factors = [np.uint64(_MULTIPLIER * (2 * k + 1) % 2**64) for k in range(length)]
    parts = [hashes[k : len(hashes) - length + 1 + k] * factor for k, factor in enumerate(factors)]
    return np.unique((np.bitwise_xor.reduce(parts) >> np.uint64(32)).astype(np.uint32))


def sketch(hashes: NDArray[np.uint32]) -> MinHash:
    """The MinHash of a set of shingles, also for an index that grows (`datasketch.MinHashLSH`)."""
    pattern = _pattern()
    one = MinHash(PERMUTATIONS, hashfunc=_same, permutations=pattern.permutations, scheme=pattern.scheme)
    one.update_batch(hashes)
    return one


def jaccard(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    """The share of shingles that two texts have in common, of all that they have."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


@lru_cache(maxsize=2**18)
def _hashed(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@lru_cache(maxsize=1)
def _pattern() -> MinHash:
    return MinHash(num_perm=PERMUTATIONS, seed=1)


def _same(value: Any) -> Any:
    return value  # shingles are hashes already
