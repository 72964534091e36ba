"""Two voices side by side: the same prompts, the same seed, their answers and where these differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.trying.differing import Differing, differing
from training.trying.prompts import Asked
from training.trying.voices import Cast
from training.tuning.sampling import HowToSample


@dataclass(frozen=True, slots=True)
class Pairing:
    """One prompt with both answers."""

    asked: Asked
    left: str
    right: str
    differing: Differing


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that a page or a terminal shows. Names and hashes are those of left and right."""

    names: tuple[str, str]
    sha256s: tuple[str, str]
    base_sha256: str
    how: HowToSample
    pairings: tuple[Pairing, ...]

    @property
    def same(self) -> int:
        """How many answers are the same word by word."""
        return sum(one.differing.alike == 1 for one in self.pairings)

    @property
    def lengths(self) -> tuple[float, float]:
        """Mean length of the answers in characters."""
        count = max(1, len(self.pairings))
        return sum(len(one.left) for one in self.pairings) / count, sum(len(one.right) for one in self.pairings) / count


def compared(
    cast: Cast, asked: Sequence[Asked], how: HowToSample, left: Sequence[str], right: Sequence[str]
) -> Comparison:
    """Set the answers of the cast's first two voices beside each other."""
    one, other = cast.voices[:2]
    pairings = (Pairing(*row, differing(row[1], row[2])) for row in zip(asked, left, right, strict=True))
    return Comparison((one.name, other.name), (one.sha256, other.sha256), cast.base_sha256, how, tuple(pairings))
