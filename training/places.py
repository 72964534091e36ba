"""Where the shipped demo models lie, from whatever folder a command is given. Nothing is loaded here."""

from pathlib import Path

DEMO_MODELS = Path(__file__).resolve().parents[1] / "models" / "demo"
DEMO_BASE = DEMO_MODELS / "base"
