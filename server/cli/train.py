"""`finale train`: the command line of `training`, which knows nothing of the show."""

from training.cli import app

__all__ = ["app"]
