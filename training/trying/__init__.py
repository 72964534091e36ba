"""Trying adapters out: sampling fixed prompts, two adapters side by side, and the win rate by the arena's judge.

Nothing is trained here, and what is handed in is `training.handing_in`'s.
"""
