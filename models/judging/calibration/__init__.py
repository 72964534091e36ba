"""Calibration: how good a judge is by people's labels, and the card that an event refers to."""

from models.judging.calibration.calibrating import calibrated, differences
from models.judging.calibration.card import Card, CardRefused, Measured, as_json, as_markdown, read_card, write_card
from models.judging.calibration.data import Label, Labelled, LabelledPairs, read_labelled
from models.judging.calibration.figures import Figures, figures, jobs_of

__all__ = [
    "Card",
    "CardRefused",
    "Figures",
    "Label",
    "Labelled",
    "LabelledPairs",
    "Measured",
    "as_json",
    "as_markdown",
    "calibrated",
    "differences",
    "figures",
    "jobs_of",
    "read_card",
    "read_labelled",
    "write_card",
]
