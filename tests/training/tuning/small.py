"""Rows and settings for runs of a second on the tiny base, and a watcher that remembers."""

from pathlib import Path
from typing import Any

from training.data.rows import Message, Role, Source, TrainingRow, made
from training.tuning import Silent, TuningSettings
from training.tuning.watching import Estimate, Sampled, Stepped, Told, Validated

WORDS = ["laksa", "kopi", "roti prata", "satay", "chendol", "rojak", "kaya toast", "hokkien mee"]
SETTINGS = TuningSettings(
    epoch=2,
    learning_rate=1e-2,
    per_device_train_batch_size=4,
    lora_r=4,
    target_modules=("q_proj", "v_proj"),
    validation_split_ratio=0.25,
    lora_dropout=0.1,
)


def row(question: str, answer: str, system: str = "") -> TrainingRow:
    """One row."""
    turns = [Message(Role.SYSTEM, system)] if system else []
    turns += [Message(Role.USER, question), Message(Role.ASSISTANT, answer)]
    return made(turns, Source("rows.jsonl", 1, "0" * 64, "chat"))


def rows_of(count: int) -> list[TrainingRow]:
    """Rows of different lengths, all within the tiny base's context."""
    return [row(f"What is {WORDS[n % 8]} {n}?", f"{WORDS[n % 8]} " * (1 + n % 5) + "lah!") for n in range(count)]


class Remembering(Silent):
    """Keeps everything that a run tells."""

    def __init__(self) -> None:
        self.estimates: list[Estimate] = []
        self.steps: list[Stepped] = []
        self.validations: list[Validated] = []
        self.samples: list[Sampled] = []
        self.news: list[Told] = []

    def estimated(self, estimate: Estimate) -> None:
        """Keep it."""
        self.estimates.append(estimate)

    def stepped(self, fact: Stepped) -> None:
        """Keep it."""
        self.steps.append(fact)

    def validated(self, fact: Validated) -> None:
        """Keep it."""
        self.validations.append(fact)

    def sampled(self, fact: Sampled) -> None:
        """Keep it."""
        self.samples.append(fact)

    def told(self, fact: Told) -> None:
        """Keep it."""
        self.news.append(fact)

    def messages(self, event: str) -> list[str]:
        """What was told of an event."""
        return [one.message for one in self.news if one.event == event]


def weights(run: Path) -> bytes:
    """The adapter's weights file."""
    return (run / "adapter" / "adapter_model.safetensors").read_bytes()


def changed(**changes: Any) -> TuningSettings:
    """SETTINGS with other values."""
    return SETTINGS.changed(changes)
