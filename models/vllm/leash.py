"""A small process between the arena and vLLM: when the arena is gone, however it ended, vLLM goes too.

Run as a script with the command as its arguments; both get process groups of their own. The arena holds the
other end of this script's standard input; when that closes, the command's group is asked to end and, if it does
not, killed. Standard library only, so that it is up at once.

Groups, not sessions: under Linux's autogroups a session is a group of the scheduler, and one full of computing threads
was seen to keep a waking process of another session from a core for six seconds (kernel 6.18, two cores). vLLM in a
session of its own froze the arena that had started it.
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


def main(command: list[str]) -> int:
    """Run `command` until it ends or the arena lets go; gives its exit code, 128 + the signal where one ended it."""
    os.setpgid(0, 0)  # what kills the arena's group must leave this script; uvloop cannot ask for it at the start
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, process_group=0)
    except OSError as error:
        print(f"[leash] {command[0]} cannot be started: {error.strerror}", flush=True)
        return NOT_STARTED
    print(child.pid, file=sys.stderr, flush=True)  # the group: what the arena clears up if this script is killed
    os.dup2(1, 2)  # whatever this script may complain of belongs into the log
    threading.Thread(target=_end_with_the_arena, args=(child,), daemon=True).start()
    code = child.wait()
    _signal(child, signal.SIGKILL)  # whatever it left running
    return 128 - code if code < 0 else code


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
