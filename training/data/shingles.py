"""Texts as sets of three-word shingles, and their MinHash sketches. Near-duplicates are found in `near`."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

PERMUTATIONS = 256  # the standard error of an estimated similarity is at most 0.032
SHINGLE_WORDS = 3
MOST_WORDS_KEPT = 2**18
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
    hashes = np.fromiter(map(_HASHES.__getitem__, found), np.uint64, len(found))
    factors = [np.uint64(_MULTIPLIER * (2 * k + 1) % 2**64) for k in range(length)]
    parts = [hashes[k : len(hashes) - length + 1 + k] * factor for k, factor in enumerate(factors)]
    return np.unique((np.bitwise_xor.reduce(parts) >> np.uint64(32)).astype(np.uint32))


def sketch(hashes: NDArray[np.uint32]) -> MinHash:
    """The MinHash of a set of shingles, for an index that grows (`datasketch.MinHashLSH`)."""
    one = MinHash(PERMUTATIONS, seed=1, hashfunc=_same)
    one.update_batch(hashes.tolist())
    return one


def minima(sets: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    """The MinHash values of every set, uint32 [sets, PERMUTATIONS]; those of `sketch`, in bulk."""
    pattern, found = MinHash(PERMUTATIONS, seed=1, hashfunc=_same), np.empty((len(sets), PERMUTATIONS), np.uint32)
    for place, hashes in enumerate(sets):
        pattern.clear()
        pattern.update_batch(hashes.tolist())
        found[place] = pattern.hashvalues
    return found


def jaccard(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    """The share of shingles that two texts have in common, of all that they have."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


class _Hashes(dict[str, int]):
    """64-bit hashes of words, each computed once; emptied when it grows beyond what a language has."""

    def __missing__(self, word: str) -> int:
        if len(self) >= MOST_WORDS_KEPT:
            self.clear()
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self[word] = int.from_bytes(digest, "little")
        return self[word]


_HASHES = _Hashes()


def _same(value: Any) -> Any:
    return value  # shingles are hashes already
