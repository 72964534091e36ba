"""Several OpenAI-compatible addresses behind one engine: the least busy one answers, one that fails is left alone."""

from models.fleet.engine import Fleet

__all__ = ["Fleet"]
