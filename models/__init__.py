"""Serving: the finalists' adapters and the engines that run them.

Nothing here knows about rounds, votes or pages, and nothing here imports `server` or `training`. Importing
this package, or any module of it outside `models.local`'s worker side, never imports torch.
"""
