"""What the store says when it cannot do its work."""

from server.domain.errors import NotWritten


class StoreError(NotWritten):
    """The database cannot be used; the message says why and what to do."""


class StoreFull(StoreError):
    """The disk is full: nothing of the request was written."""
