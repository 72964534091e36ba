"""Starting children quickly: they are forked from a server process that has loaded TRL once."""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

LIMIT_S = 120.0
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["tests.training.tuning.children", "training.tuning.attempt"])


def start(act: Callable[..., None], *given: Any) -> BaseProcess:
    """A running child."""
    child = _server.Process(target=act, args=given, daemon=True)
    child.start()
    return child


def run(act: Callable[..., None], *given: Any) -> int | None:
    """The exit status of a child that has ended; negative for the signal that killed it."""
    child = start(act, *given)
    child.join(LIMIT_S)
    return child.exitcode


def ask(act: Callable[..., None], *given: Any) -> Any:
    """What a child tells through the pipe that it gets as its last argument."""
    ours, theirs = _server.Pipe()
    child = start(act, *given, theirs)
    assert ours.poll(LIMIT_S), "the child has said nothing"
    told = ours.recv()
    child.join(LIMIT_S)
    return told


def wait_for(condition: Callable[[], bool], child: BaseProcess) -> None:
    """Until the condition holds; fails if the child ends before, or after LIMIT_S."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        child.join(0.01)
        assert child.is_alive(), f"the child ended with {child.exitcode}"
        assert time.monotonic() < end, "the condition never held"
