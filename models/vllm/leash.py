"""A small process between the arena and vLLM: when the arena is gone, however it ended, vLLM goes too.

Run as a script with the command as its arguments; the command gets a process group of its own. The arena holds the
other end of this script's standard input; when that closes, the whole group is asked to end and, if it does not,
killed. Standard library only, so that it is up at once.

What it starts gives way to everything else on the machine. Under Linux's autogroups each session is a group, and
a group of computing threads was seen to keep a waking process of another group from a core for six seconds (kernel
6.18, two cores): an arena frozen by its own engine.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

PATIENCE_S = 8.0
"""How long the command may take to end when it is asked to."""
NOT_STARTED = 127
NICENESS = 5
"""To a third of the arena's weight where cores are short. At 1 the arena was still kept waiting, at 5 no more."""
AUTOGROUP = "/proc/self/autogroup"
TRIES, PAUSE_S = 10, 0.15
"""The kernel takes one such number in a tenth of a second, from everybody together."""


def main(command: list[str]) -> int:
    """Run `command` until it ends or the arena lets go; gives its exit code, 128 + the signal where one ended it."""
    _give_way()
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    except OSError as error:
        print(f"[leash] {command[0]} cannot be started: {error.strerror}", flush=True)
        return NOT_STARTED
    threading.Thread(target=_end_with_the_arena, args=(child,), daemon=True).start()
    code = child.wait()
    _signal(child, signal.SIGKILL)  # whatever it left running
    return 128 - code if code < 0 else code


def _give_way() -> None:
    """Within a group of the scheduler the process's niceness counts, between sessions their autogroups'."""
    os.nice(NICENESS)
    for _ in range(TRIES):
        try:
            with open(AUTOGROUP, "w") as file:
                file.write(str(NICENESS))
        except BlockingIOError:
            time.sleep(PAUSE_S)
        except OSError:  # no autogroups here
            return
        else:
            return


def _end_with_the_arena(child: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 4096):
        pass
    _signal(child, signal.SIGTERM)
    time.sleep(PATIENCE_S)
    _signal(child, signal.SIGKILL)


def _signal(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(OSError):
        os.killpg(child.pid, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
