"""A run as a job for another machine: the command it will run there, and whether its files will be there too.

What is sent is `finale train run` with the very words that would be typed here. Sending it is `jobs`' matter.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.cluster.errors import OrderRefused

EXCLUDED = ("/.git/", "/.venv*/", "/runs/", "/var/")
"""What of the working folder stays here, besides what .gitignore names."""
STOP_S = 300
_STOPPED = {"RAY_JOB_STOP_SIGNAL": "SIGINT", "RAY_JOB_STOP_WAIT_TIME_S": str(STOP_S)}
"""A stopped job is interrupted as by Ctrl+C: it saves and can go on. Ray's own three seconds are too few for that."""
_SHARED = ("out", "resume", "ledger")
_SENT = ("data", "validation", "settings", "prompts", "base")


@dataclass(frozen=True, slots=True)
class Order:
    """A run to be sent. `words` follow `finale train run`; `processes` train together, each on a GPU if there are any.

    `requirements` is a pip file that the cluster installs first; without one everything must be installed there.
    """

    words: tuple[str, ...]
    working_dir: Path
    gpus: int = 0
    cpus: int = 1
    processes: int = 1
    requirements: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = "python"

    @property
    def entrypoint(self) -> str:
        """The command, for a shell; `exec`, so that a signal reaches the run and not a shell before it."""
        several = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(self.processes))
        words = (*(several if self.processes > 1 else ()), "-m", "server.cli", "train", "run", *self.words)
        return f"exec {shlex.join((self.python, *words))}"

    @property
    def runtime_env(self) -> dict[str, Any]:
        """Ray's runtime environment: the working folder, packages, variables."""
        packages = {"pip": str(self.requirements)} if self.requirements else {}
        return {
            "working_dir": str(self.working_dir),
            "excludes": list(EXCLUDED),
            "env_vars": _STOPPED | {"PYTHONUNBUFFERED": "1"} | dict(self.environment),
            **packages,
        }


def check(order: Order, given: Mapping[str, Any]) -> None:
    """Raise OrderRefused unless the run's files will be where the job looks. `given` is what `train run` understood.

    Files with a relative path travel with the working folder; an absolute path must be one that all machines share.
    What the run writes must be on such a path, for the job's folder is thrown away.
    """
    if order.processes < 1 or (order.gpus and order.processes > order.gpus):
        raise OrderRefused(f"{order.processes} processes cannot train on {order.gpus} GPUs; a process needs one each.")
    if given.get("out") is None and given.get("resume") is None:
        raise OrderRefused("Say where the run is kept with --out, a path that this machine and the cluster share.")
    if given.get("entrant") and given.get("ledger") is None:
        raise OrderRefused("Give the ledger of hours with --ledger, a path that this machine and the cluster share.")
    for name in _SHARED:
        if (place := given.get(name)) is not None and not Path(place).is_absolute():
            raise OrderRefused(
                f"--{name} {place} is relative, and the job's folder is thrown away when it ends; give a whole path "
                "that this machine and the cluster share."
            )
    for name in _SENT:
        if (place := given.get(name)) is not None and not Path(place).is_absolute():
            _check_travels(Path(place), order.working_dir)


def environment_of(words: Sequence[str]) -> dict[str, str]:
    """Variables from NAME=VALUE. Raises OrderRefused."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            raise OrderRefused(f"Expected a variable as NAME=VALUE, got {word!r}.")
        found[name] = value
    return found


def _check_travels(place: Path, working_dir: Path) -> None:
    whole = (working_dir / place).resolve()
    if not whole.is_relative_to(working_dir.resolve()) or not whole.exists():
        raise OrderRefused(
            f"{place} is not in the working folder {working_dir}, so it would not travel to the cluster; put it there, "
            "or give a whole path that all machines share."
        )
