"""A run that was interrupted and resumed gives the same adapter, bit for bit, as one that was not (about 20 s)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.tuning.small import Remembering, changed, weights
from training.data.rows import TrainingRow
from training.runs.record import Status, read_progress, read_record
from training.tuning import StopTuning, tune
from training.tuning.watching import Stepped

PLAIN = changed(neftune_noise_alpha=5, eval_steps=2)
KINDS = {
    "padded, noise, dropout": PLAIN,
    "packed, accumulated": changed(
        packing=True, max_input_length=112, gradient_accumulation_steps=2, per_device_train_batch_size=1, eval_steps=2
    ),
    "by length, without validation": changed(group_by_length=True, validation_split_ratio=0, save_steps=3),
}


class StopsAt(Remembering):
    """Stops the run once, after this step."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self._step = step

    def stepped(self, fact: Stepped) -> None:
        """Stop it."""
        if fact.step == self._step:
            raise StopTuning("enough")


@pytest.fixture(scope="module")
def whole_runs(base: Path, rows: list[TrainingRow], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the run of a kind that was never interrupted, made once."""
    made: dict[str, Path] = {}

    def give(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp("whole") / "run"
            tune(KINDS[kind], rows, base=base, out=made[kind])
        return made[kind]

    return give


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("padded, noise, dropout", 1),
        ("padded, noise, dropout", 4),
        ("padded, noise, dropout", 5),
        ("packed, accumulated", 3),
        ("by length, without validation", 4),
    ],
)
def test_a_resumed_run_ends_with_the_same_adapter_and_losses(
    kind: str, step: int, whole_runs: Callable[[str], Path], base: Path, rows: list[TrainingRow], tmp_path: Path
) -> None:
    whole, out = whole_runs(kind), tmp_path / "run"
    first = tune(KINDS[kind], rows, base=base, out=out, watch=StopsAt(step))
    assert (first.record.status, first.record.reason) == (Status.STOPPED, "enough")
    assert first.facts is not None, "a stopped run leaves an adapter that may be served"
    assert weights(out) != weights(whole)
    tune(KINDS[kind], rows, base=base, out=out, resume=True)
    assert weights(out) == weights(whole)
    assert losses(out) == losses(whole)
    assert read_record(out).best == read_record(whole).best


def losses(run: Path) -> list[tuple[int, float]]:
    """Every loss and validation loss that still holds, by step."""
    lines = [line for line in read_progress(run) if "event" not in line]
    return [(line["step"], line.get("loss", line.get("validation_loss"))) for line in lines]
