"""What the statistics refuse."""


class DataRefused(ValueError):
    """Figures that cannot be computed with; the message says what was expected and what came."""
