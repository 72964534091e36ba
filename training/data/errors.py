"""What goes wrong with data, in sentences a reader can act on. What is wrong with single rows is told by `problems`."""

from training.errors import TrainingError


class DataError(TrainingError):
    """A file, a setting or a set of rows cannot be used; the message says what was expected and what to do."""
