"""No vLLM outlives the arena: not a clean stop, not a kill of the arena, not a kill of the leash itself."""

import asyncio
import os
import signal
import sys
from collections import deque
from pathlib import Path

import psutil
import pytest

from models.protocol import EngineUnavailable
from models.vllm import child
from models.vllm.child import Child
from models.vllm.leash import NOT_STARTED
from tests.vllm.waiting import is_alive, until

FAMILY = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
WAITS = "print('up', flush=True); time.sleep(600)"


async def spawned(code: str, log: deque[str] | None = None, file: Path | None = None) -> Child:
    return await Child.spawn([sys.executable, "-c", code], os.environ, deque(maxlen=9) if log is None else log, file)


async def family() -> tuple[Child, tuple[int, ...]]:
    """A child with a child of its own, both up."""
    made = await spawned(FAMILY + WAITS)
    await until(lambda: len(made.pids) == 2 and made.said)
    return made, made.pids


async def test_stopping_ends_the_whole_family() -> None:
    made, pids = await family()
    assert await made.stop() == 128 + signal.SIGTERM
    assert not [pid for pid in pids if is_alive(pid)]
    assert await made.stop() == 128 + signal.SIGTERM


async def test_one_that_does_not_hear_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "STOP_LIMIT_S", 0.3)
    made = await spawned("import time; " + STUBBORN + WAITS)
    await until(lambda: made.said)
    pids = made.pids
    await made.stop()
    await until(lambda: not [pid for pid in pids if is_alive(pid)])


async def test_when_the_command_dies_what_it_left_running_goes_too() -> None:
    made, pids = await family()
    os.kill(min(pids, key=lambda pid: psutil.Process(pid).create_time()), signal.SIGKILL)
    assert await asyncio.wait_for(made.ended(), 10) == 128 + signal.SIGKILL
    await until(lambda: not [pid for pid in pids if is_alive(pid)])


async def test_when_the_leash_is_killed_the_family_goes_too() -> None:
    made, pids = await family()
    os.kill(made._process.pid, signal.SIGKILL)
    await asyncio.wait_for(made.ended(), 10)
    await until(lambda: not [pid for pid in pids if is_alive(pid)])


ARENA = """
import asyncio, os, sys
from collections import deque
from models.vllm.child import Child
async def main():
    made = await Child.spawn([sys.executable, "-c", {code!r}], os.environ, deque())
    while len(made.pids) < 2:
        await asyncio.sleep(0.02)
    print(*made.pids, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_when_the_arena_is_killed_the_family_goes_too() -> None:
    arena = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ARENA.format(code=FAMILY + WAITS), stdout=asyncio.subprocess.PIPE
    )
    assert arena.stdout is not None
    pids = [int(word) for word in (await asyncio.wait_for(arena.stdout.readline(), 30)).split()]
    assert [is_alive(pid) for pid in pids] == [True, True]
    arena.kill()
    await arena.wait()
    await until(lambda: not [pid for pid in pids if is_alive(pid)])


async def test_a_program_that_is_not_there_is_named() -> None:
    made = await Child.spawn(["/nowhere/python"], os.environ, deque(maxlen=9))
    assert await made.ended() == NOT_STARTED
    assert list(made.said) == ["[leash] /nowhere/python cannot be started: No such file or directory"]


async def test_what_it_starts_stays_in_the_arena_s_session_but_not_in_its_group() -> None:
    made, pids = await family()
    assert {os.getsid(pid) for pid in pids} == {os.getsid(0)}
    assert not {os.getpgid(pid) for pid in pids} & {os.getpgid(0), made._process.pid}
    assert os.getpgid(made._process.pid) != os.getpgid(0)  # a kill of the arena's group leaves the leash to act
    await made.stop()


async def test_the_log_is_kept_in_memory_and_in_a_file_and_progress_bars_are_lines(tmp_path: Path) -> None:
    log: deque[str] = deque(["from an earlier life"], maxlen=9)
    file = tmp_path / "logs" / "vllm.log"
    made = await spawned(r"print('one\rtwo\n\nthree'); print('no end', end='')", log, file)
    await made.ended()
    assert list(made.said) == ["one", "two", "three", "no end"]
    assert list(log) == ["from an earlier life", *made.said]
    assert file.read_bytes() == b"one\rtwo\n\nthree\nno end"


async def test_a_long_log_file_is_begun_anew_and_one_that_cannot_be_written_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "LOG_FILE_BYTES", 3)
    file = tmp_path / "vllm.log"
    file.write_text("long enough")
    await (await spawned("print('new')", file=file)).ended()
    assert (file.read_text(), (tmp_path / "vllm.log.old").read_text()) == ("new\n", "long enough")
    for nowhere in (Path("/proc/nowhere/vllm.log"), Path("/dev/full")):
        made = await spawned("print('said all the same')", file=nowhere)
        await made.ended()
        assert list(made.said) == ["said all the same"]


async def test_too_few_processes_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none_left(*given: object, **options: object) -> None:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", none_left)
    with pytest.raises(EngineUnavailable, match="No process could be started for vLLM"):
        await spawned("")
