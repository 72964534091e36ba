"""Whether the process that holds a reservation still runs: known on its own machine; from elsewhere it must beat."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

_BOOT, _PIDS = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")


@dataclass(frozen=True, slots=True)
class Process:
    """A process: the place where its number means something, the number, and when it began (epoch seconds)."""

    place: str
    number: int
    began: float


def this_process() -> Process:
    """The process that asks."""
    return Process(_place(), os.getpid(), psutil.Process().create_time())


def is_alive(process: Process) -> bool | None:
    """Whether it runs; None where that cannot be known from here."""
    if process.place != _place():
        return None
    try:
        found = psutil.Process(process.number)
        return bool(abs(found.create_time() - process.began) < 1 and found.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _place() -> str:
    """Host, boot and namespace of process numbers: two containers may share all but the last."""
    boot = _BOOT.read_text().strip() if _BOOT.exists() else str(psutil.boot_time())
    names = os.readlink(_PIDS) if _PIDS.exists() else ""
    return f"{socket.gethostname()}/{boot}/{names}"
