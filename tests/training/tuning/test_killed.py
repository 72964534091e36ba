"""A run may end at any moment: the last good adapter stays, the record is true, and resuming leads to the same end.

About 30 s, most of it for starting a server that children are forked from.
"""

import random
import signal
from pathlib import Path

import pytest

from models.adapters import AdapterLimits, check_adapter, describe_base
from tests.training.tuning import children, processes
from tests.training.tuning.small import Remembering, rows_of, weights
from training.runs.record import Best, Status, read_record
from training.tuning import Silent, StopTuning, TuningFailed, tune
from training.tuning.adapter_file import step_of
from training.tuning.watching import Stepped, Told

MOMENTS = 4


@pytest.fixture(scope="module")
def whole(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was left alone; beside it, how often its folder was touched."""
    out = tmp_path_factory.mktemp("whole") / "run"
    assert processes.run(children.killed_at, base, out, 0) == 0
    return out


def test_a_killed_run_leaves_a_sound_adapter_or_none_and_goes_on_to_the_same_end(
    whole: Path, base: Path, tmp_path: Path
) -> None:
    moments = int((whole.parent / "moments").read_text())
    rng = random.Random(1965)
    for number in range(MOMENTS):
        out = tmp_path / str(number)
        moment = rng.randrange(number * moments // MOMENTS, (number + 1) * moments // MOMENTS) + 1
        assert processes.run(children.killed_at, base, out, moment) == -signal.SIGKILL
        status = check_what_is_left(out, base)
        if status is not Status.FINISHED:
            tune(children.SETTINGS, rows_of(24), base=base, out=out, resume=status is Status.INTERRUPTED)
        assert weights(out) == weights(whole), f"killed at moment {moment} of {moments}"
        assert read_record(out).best == read_record(whole).best


def check_what_is_left(out: Path, base: Path) -> Status | None:
    """How the dead run stands; None if it had not begun. Its adapter, where there is one, may be served."""
    if (out / "adapter").exists():
        check_adapter(out / "adapter", describe_base(base), limits=AdapterLimits(), inside=out)
    if not (out / "run.json").exists():
        return None
    record = read_record(out)
    assert record.status in (Status.INTERRUPTED, Status.FINISHED)
    return record.status


def test_ctrl_c_ends_the_run_between_two_steps_and_a_second_one_at_once(base: Path, tmp_path: Path) -> None:
    class Pressing(Silent):
        def __init__(self, times: int) -> None:
            self._times = times

        def stepped(self, fact: Stepped) -> None:
            if fact.step == 3:
                for _ in range(self._times):
                    signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    rows, settings = rows_of(24), children.SETTINGS
    done = tune(settings, rows, base=base, out=tmp_path / "once", watch=Pressing(1))
    assert done.record.status is Status.INTERRUPTED
    assert "resume the run" in done.record.reason
    assert done.facts is not None
    with pytest.raises(KeyboardInterrupt):
        tune(settings, rows, base=base, out=tmp_path / "twice", watch=Pressing(2))
    record = read_record(tmp_path / "twice")
    assert record.status is Status.INTERRUPTED
    assert record.best == Best(2, record.best.validation_loss if record.best else None)
    assert step_of(tmp_path / "twice") == 2
    assert signal.getsignal(signal.SIGINT) is before


def test_a_full_disk_while_a_checkpoint_is_written_keeps_the_last_good_one(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **options: object) -> None:
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0")

    class Filling(Remembering):
        def told(self, fact: Told) -> None:
            if fact.event == "saved":
                monkeypatch.setattr("torch.save", full)

    with pytest.raises(TuningFailed, match=r"step 4 could not be written: the disk is full.*checkpoint of step 2 is k"):
        tune(children.SETTINGS, rows_of(24), base=base, out=tmp_path / "run", watch=Filling())
    monkeypatch.undo()
    assert sorted(path.name for path in (tmp_path / "run/checkpoints").iterdir()) == ["checkpoint-2"]
    assert read_record(tmp_path / "run").status is Status.FAILED
    check_adapter(tmp_path / "run/adapter", describe_base(base), limits=AdapterLimits(), inside=tmp_path)


def test_a_torn_checkpoint_is_passed_over_for_the_one_before(whole: Path, base: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"

    class Stopping(Remembering):
        def stepped(self, fact: Stepped) -> None:
            if fact.step == 5:
                raise StopTuning("enough")

    tune(children.SETTINGS, rows_of(24), base=base, out=out, watch=Stopping())
    with (out / "checkpoints/checkpoint-5/optimizer.pt").open("r+b") as file:
        file.truncate(100)
    watch = Remembering()
    tune(children.SETTINGS, rows_of(24), base=base, out=out, resume=True, watch=watch)
    assert watch.messages("resumed") == ["The run goes on after step 4."]
    assert weights(out) == weights(whole)
