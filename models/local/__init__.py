"""The engine "local": transformers and PEFT in a worker process of its own, for a laptop without a GPU.

`engine.py` and `supervisor.py` run beside the show and never import torch; the other files run in the worker.
"""

from models.local.engine import LocalEngine

__all__ = ["LocalEngine"]
