"""Runs: what a run writes about itself, the log of all runs, reports and searches. Training itself is `tuning`'s."""
