"""Handing in: an adapter with its card as a folder or an archive, checked as the arena checks it, and put on the stage.

Whether an adapter may be served is decided in `models.adapters`; nothing is trained or sampled here.
"""
