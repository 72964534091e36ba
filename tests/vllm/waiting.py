"""Waiting for a condition, as long as it may take, and folders that pass for adapters."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path


async def until(condition: Callable[[], object], limit_s: float = 30.0) -> None:
    """Return when `condition` holds; fails when it does not come."""
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 (the state of another process has no event)
            await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process of this id runs, a dead one that nobody has waited for not counted."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def adapter_folder(place: Path, rank: int = 8) -> Path:
    """A folder with the settings of an adapter, which is all that is read before an engine has it."""
    place.mkdir(parents=True)
    settings = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": rank,
        "lora_alpha": 16,
        "target_modules": ["q_proj"],
    }
    (place / "adapter_config.json").write_text(json.dumps(settings))
    return place
