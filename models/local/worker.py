"""The worker process: `python -m models.local.worker`. Requests on stdin, replies on stdout, the log on
stderr.

Ends by itself when stdin closes, so a dead parent leaves no orphan. Two threads: one reads and tokenizes,
the main one steps.
"""

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO

import torch

from models.local import requests, wire
from models.local.hosting import Hosted, load
from models.local.reading import read_adapters
from models.local.scheduler import Job, Said, Scheduler, Scored
from models.protocol import EngineError

log = logging.getLogger("models.local.worker")

Note = Job | int | Callable[[], None] | None
"""What is handed to the stepping thread: a job, the id of one to cancel, something to do between two steps, or None
when there is nothing more to read."""


class Worker:
    """One loaded model, a thread that steps, one that reads requests, and one for each adapter being loaded."""

    def __init__(self, hosted: Hosted, replies: BinaryIO) -> None:
        self._hosted, self._replies = hosted, replies
        self._scheduler = Scheduler(hosted)
        self._notes: queue.SimpleQueue[Note] = queue.SimpleQueue()
        self._writing, self._loading = threading.Lock(), threading.Lock()
        self._leaving: set[int] = set()

    def serve(self, lines: BinaryIO) -> None:
        """Answer requests until `lines` ends."""
        threading.Thread(target=self._read, args=(lines,), daemon=True, name="requests").start()
        while self._take_notes():
            self._reply_all(self._scheduler.seat())
            self._reply_all(self._scheduler.step())
            self._lift_unused()

    def reply(self, message: dict[str, Any]) -> None:
        """Write one reply; safe from both threads."""
        with self._writing:
            self._replies.write(wire.pack(message))
            self._replies.flush()

    def _take_notes(self) -> bool:
        """Apply everything the reader handed over, waiting while there is nothing to do. False at the end."""
        while True:
            try:
                note = self._notes.get(block=self._scheduler.is_idle)
            except queue.Empty:
                return True
            if note is None:
                return False
            if isinstance(note, Job):
                self._scheduler.add(note)
            elif isinstance(note, int):
                self._scheduler.cancel(note)
            else:
                note()

    def _reply_all(self, outcomes: Sequence[Said | Scored]) -> None:
        said = [[o.id, o.text, o.tokens, o.finish_reason] for o in outcomes if isinstance(o, Said)]
        if said:
            self.reply({"said": said})
        for outcome in outcomes:
            if isinstance(outcome, Scored):
                self.reply({"id": outcome.id, "logprobs": outcome.logprobs})

    def _read(self, lines: BinaryIO) -> None:
        try:
            for line in lines:
                self._accept(wire.unpack(line))
        finally:
            self._notes.put(None)

    def _accept(self, request: dict[str, Any]) -> None:
        try:
            if request["op"] == "cancel":
                self._notes.put(int(request["id"]))
            elif request["op"] == "add":
                threading.Thread(target=self._read_adapter, args=(request,), daemon=True, name="adapter").start()
            elif request["op"] == "remove":
                self._remove(request["adapter"])
            elif request["op"] == "count":
                self.reply({"id": request["id"], "tokens": requests.prompt_tokens(self._hosted, request)})
            else:
                self._notes.put(requests.job_of(self._hosted, request))
        except EngineError as error:
            self.reply(requests.refusal(request, error))

    def _read_adapter(self, request: dict[str, Any]) -> None:
        """Read an adapter beside the steps; it is laid on between two of them."""
        name = request["adapter"]
        try:
            with self._loading:
                adapters = read_adapters(self._hosted.config, [request["folder"]])
        except Exception as error:
            log.exception("reading %s failed", name)
            self.reply(requests.refusal(request, _unreadable(name, error)))
            return

        def lay_on() -> None:
            self._hosted.take_in([name], adapters)
            self.reply({"id": request["id"], "added": name})

        self._notes.put(lay_on)

    def _remove(self, name: str) -> None:
        # Forgotten before the next request is read: whoever asks for it from now on is refused.
        number = self._hosted.forget(name)
        if number is not None:
            self._notes.put(partial(self._let_go, number))

    def _let_go(self, number: int) -> None:
        self._leaving.add(number)
        self._lift_unused()

    def _lift_unused(self) -> None:
        for number in [number for number in self._leaving if not self._scheduler.uses(number)]:
            self._hosted.lift(number)
            self._leaving.remove(number)


def _unreadable(name: str, error: Exception) -> EngineError:
    said = " ".join(str(error).split())[:200]
    return EngineError(f"The local engine could not read {name} ({type(error).__name__}: {said}); hand it in again.")


def load_later_ones(hosted: Hosted, adapters: Mapping[str, str]) -> None:
    """Lay on what an earlier worker was given while it ran, each for itself as then. What is gone is left out."""
    for name, folder in adapters.items():
        try:
            hosted.take_in([name], read_adapters(hosted.config, [folder]))
        except Exception:
            log.exception("%s was served before and cannot be read any more", name)


def warm(hosted: Hosted) -> None:
    """Run one short forward of each kind, so that the first finalist does not pay for the first call."""
    scheduler = Scheduler(hosted)
    request = {"op": "stream", "id": 0, "adapter": "base", "system": "", "question": "Hello", "max_tokens": 2}
    scheduler.add(requests.job_of(hosted, request | {"temperature": 1.0, "top_p": 0.9, "seed": 0}))
    scheduler.seat()
    while not scheduler.is_idle:
        scheduler.step()


def main() -> None:
    """Load what the first line asks for, say "ready" or "failed", then serve."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    lines, replies = sys.stdin.buffer, _private_stdout()
    first = lines.readline()
    if not first:
        return
    order = wire.unpack(first)
    torch.set_num_threads(int(order["threads"]))
    try:
        hosted, seconds = load(order["base"], order["adapters"], slots=order["slots"], context=order["context"])
        load_later_ones(hosted, order.get("later", {}))
        warm(hosted)
    except Exception as error:
        log.exception("loading failed")
        replies.write(wire.pack({"failed": f"{type(error).__name__}: {error}"}))
        replies.flush()
        return
    log.info("loaded %s adapters in %.1f s", len(order["adapters"]), seconds)
    worker = Worker(hosted, replies)
    worker.reply({"ready": {"context": hosted.cache.context, "seconds": seconds}})
    worker.serve(lines)
    # Nothing is left to save, and an interpreter with torch in it takes its time to end.
    os._exit(0)


def _private_stdout() -> BinaryIO:
    """Keep stdout for replies alone: whatever a library prints goes to the log."""
    private = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(private, "wb")


if __name__ == "__main__":
    main()
