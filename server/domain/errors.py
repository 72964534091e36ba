"""The one family of errors. A message says what happened and what to do next, in the reader's words.

HTTP status codes belong to the edge (`server.web.errors`), not here.
"""


class ArenaError(Exception):
    """Base of every error that a person may read."""


class Refused(ArenaError):
    """A command that is malformed, out of range or against the rules; nothing was changed."""


class NotAllowed(ArenaError):
    """A command from a role that may not give it."""


class TooLate(ArenaError):
    """A command that was right a moment ago: the bell has rung, the round has moved on. Nothing was changed."""


class NotWritten(ArenaError):
    """The store could not write: nothing of the request is kept; it may be sent again."""


class NotFound(ArenaError):
    """Something named that this event does not have."""
