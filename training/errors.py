"""The one family of errors of `training`: each message is a sentence for the entrant that says what to do next."""


class TrainingError(Exception):
    """Base of every error that a person may read."""
