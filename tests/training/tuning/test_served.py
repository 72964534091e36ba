"""An adapter that was trained here plays: the arena's own engine loads it on the demo base and it changes the answer.

About 15 s, most of it for the engine's start.
"""

from pathlib import Path
from typing import Any

import pytest
import torch

from models.adapters import engine_name
from models.local import LocalEngine
from models.protocol import BASE
from tests.training.tuning.small import row
from training.tuning import TunedRun, preset, tune

DEMO = Path(__file__).resolve().parents[3] / "models/demo/base"
ASK: dict[str, Any] = {
    "system_prompt": "",
    "question": "What is kopi?",
    "temperature": 0.0,
    "top_p": 1.0,
    "max_tokens": 24,
    "seed": 1,
}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> TunedRun:
    """A few steps on one answer, with the laptop's settings."""
    torch.set_num_threads(1)
    rows = [row(f"{start} kopi?", "Kopi kopi kopi kopi kopi.") for start in ("What is", "Who likes", "Why", "Where is")]
    settings = preset("laptop").changed({"max_steps": 12, "learning_rate": 1e-2, "validation_split_ratio": 0})
    return tune(settings, rows, base=DEMO, out=tmp_path_factory.mktemp("runs") / "kopi")


async def test_the_arenas_engine_serves_what_was_trained(tuned: TunedRun) -> None:
    assert tuned.adapter is not None
    assert tuned.facts is not None
    name = engine_name("kopi", tuned.facts.sha256)
    engine = LocalEngine(base=DEMO, adapters={name: tuned.adapter}, threads=1)
    await engine.start()
    try:
        texts = {}
        for adapter in (BASE, name):
            texts[adapter] = "".join([piece.text async for piece in engine.stream(adapter=adapter, **ASK)])
    finally:
        await engine.close()
    assert texts[name].startswith("Kopi kopi kopi")
    assert not texts[BASE].startswith("Kopi kopi kopi")
