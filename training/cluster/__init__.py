"""More than one GPU: configurations for accelerate, and runs as jobs on a Ray cluster.

How the processes of one run agree is `training.tuning`'s matter; nothing here is imported while a run trains.
"""
