"""The run's folder while it runs: the one place that writes its record and its progress, in the main process alone."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.runs import record as files
from training.runs.record import RunRecord, Status
from training.tuning.watching import Sampled, Told, Watcher


class RunFolder:
    """Tells the folder and the watcher alike. Where `writes` is false (a helper process) it tells nobody."""

    def __init__(self, path: Path, record: RunRecord, watcher: Watcher, *, writes: bool = True) -> None:
        self.path, self.record, self.watcher, self.writes = path, record, watcher, writes

    def change(self, **changes: Any) -> None:
        """Change the record, in memory and on the disk."""
        self.record = replace(self.record, **changes)
        if self.writes:
            files.write_record(self.path, self.record)

    def progress(self, line: Mapping[str, Any]) -> None:
        """A line of progress.jsonl."""
        if self.writes:
            files.append_progress(self.path, line)

    def tell(self, event: str, step: int, message: str, **facts: Any) -> None:
        """Say that something happened."""
        self.progress({"event": event, "step": step, "message": message, **facts})
        if self.writes:
            self.watcher.told(Told(event, step, message))

    def sampled(self, step: int, prompt: str, text: str) -> None:
        """Keep a sampled answer."""
        if self.writes:
            files.append_sample(self.path, step, prompt, text)
            self.watcher.sampled(Sampled(step, prompt, text))

    @property
    def is_running(self) -> bool:
        """Whether the record says so."""
        return self.record.status is Status.RUNNING
