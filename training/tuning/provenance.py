"""What made a run, besides its settings: the versions of the libraries and the commit of this project."""

import platform
import secrets
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

_LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate", "datasets", "tokenizers", "safetensors")
_HERE = Path(__file__).resolve().parent


def now() -> str:
    """The time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def new_id() -> str:
    """A run's id: when it began and a few random digits, so that ids sort by time."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def versions() -> dict[str, str]:
    """Version of Python and of every library that decides what a run computes."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in _LIBRARIES}}


def git_commit() -> str:
    """The commit of this project, with "+" behind it if files differ from it; empty where there is no repository."""
    head = _git("rev-parse", "HEAD")
    return f"{head}+" if head and _git("status", "--porcelain", "--untracked-files=no", "--", ".") else head


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(_HERE), *words], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
