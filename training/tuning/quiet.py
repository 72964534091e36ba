"""Keeping the libraries from talking over the run's own progress, and from looking for anything outside the machine."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOUD = ("transformers", "trl", "peft", "accelerate", "datasets", "torch.utils.checkpoint")


@contextmanager
def quiet() -> Iterator[None]:
    """No bars and only errors from the libraries; what they warn of is checked in this package."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
    import datasets
    from transformers.utils import logging as talk

    levels = {name: logging.getLogger(name).level for name in _LOUD}
    bars = talk.is_progress_bar_enabled(), datasets.is_progress_bar_enabled()
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.ERROR)
    talk.disable_progress_bar()
    datasets.disable_progress_bars()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", UserWarning)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
            if bars[0]:
                talk.enable_progress_bar()
            if bars[1]:
                datasets.enable_progress_bars()
