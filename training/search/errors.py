"""What a search refuses, in the entrant's words."""

from training.errors import TrainingError


class SearchRefused(TrainingError):
    """The search was not started, or cannot go on; nothing was trained and nothing is charged."""


class SpaceRefused(SearchRefused):
    """The space of settings is wrong; the message names the setting and what is allowed."""
