"""The journal of a run: every reply that was paid for, appended as it comes and found again by what was asked.

A killed process loses at most the replies that were on their way. Whether a reply is good is told by `checks`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.judging.league.appending import AppendLog, FileRefused
from models.judging.league.costs import Usage
from training.synthetic.tasks import Task
from training.synthetic.writers import Asked, Reply, Sampling

FORMAT = "finale-synthesis/1"


def asked_for(task: Task, sampling: Sampling, attempt: int) -> Asked:
    """The request of a task's attempt, counted from 0. Each attempt and each example has a seed of its own."""
    label = f"{sampling.seed}\0{task.number}\0{attempt}\0{task.system}\0{task.user}"
    seed = int.from_bytes(hashlib.sha256(label.encode()).digest()[:4], "big") >> 1  # 31 bits, as some addresses want
    return Asked(task.system, task.user, Sampling(sampling.temperature, sampling.top_p, sampling.max_tokens, seed))


def key_of(identity: str, asked: Asked) -> str:
    """What a reply is found by: the model, both prompts and the sampling, whatever file they came from."""
    drawn = asked.sampling
    told = [identity, asked.system, asked.user, drawn.temperature, drawn.top_p, drawn.max_tokens, drawn.seed]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """A reply as the journal has it."""

    key: str
    model: str
    text: str
    finish: str
    usage: Usage
    ms: float


class Journal(AppendLog):
    """Replies by key. Open it as a context; a second process that opens it is refused."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, FORMAT)
        self.kept: dict[str, Kept] = {}

    @property
    def used(self) -> Usage:
        """All that was ever paid for."""
        return sum((one.usage for one in self.kept.values()), Usage())

    def add(self, key: str, identity: str, task: Task, asked: Asked, reply: Reply) -> Kept:
        """Write a reply down; it is out of this process's hands when this returns."""
        drawn, usage = asked.sampling, reply.usage
        row: dict[str, Any] = {"key": key, "model": identity, "kind": task.kind.value, "about": task.label}
        row |= {"prompt_sha256": task.prompt_sha256, "temperature": drawn.temperature, "top_p": drawn.top_p}
        row |= {"max_tokens": drawn.max_tokens, "seed": drawn.seed, "text": reply.text, "finish": reply.finish}
        row |= {"tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out, "counted": usage.is_counted}
        self._file.append(row | {"ms": round(reply.ms)})
        self.kept[key] = Kept(key, identity, reply.text, reply.finish, usage, reply.ms)
        return self.kept[key]

    def _take(self, row: Mapping[str, Any], number: int) -> None:
        try:
            usage = Usage(int(row["tokens_in"]), int(row["tokens_out"]), bool(row["counted"]))
            kept = Kept(row["key"], row["model"], row["text"], row["finish"], usage, float(row["ms"]))
        except (LookupError, TypeError, ValueError) as error:
            raise FileRefused(
                f"{self._file.file}, line {number}, is no reply ({error!r}); restore the file, or begin a new one."
            ) from error
        self.kept[kept.key] = kept
