"""`python -m server.cli`: the same as `finale`."""

from server.cli import app

app()
