"""Synthetic data: rows written or refined by a model at an address or on the local engine, paid for once.

`tasks` says what is asked, `running` asks it, `assembling` makes rows of what came back, `review` lets a person decide.
Reading and choosing rows is `training.data`'s work.
"""
