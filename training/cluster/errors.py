"""What goes wrong on the way to a cluster, in the entrant's words."""

from training.errors import TrainingError


class OrderRefused(TrainingError):
    """The run was not sent: it could not work on another machine as it is."""


class ClusterFailed(TrainingError):
    """The cluster cannot be reached, or does not do what was asked."""
