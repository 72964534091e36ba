"""How often a finalist may generate: a token bucket, worked out from the attempts that the round already has."""

from collections.abc import Iterable


def next_start(starts: Iterable[int], at_once: int, refill_ms: int) -> int:
    """The earliest time (epoch ms) of a further start after `starts` (epoch ms), 0 when it may be at once.

    A bucket of `at_once` starts gets one back every `refill_ms`; it is never fuller than it was.
    """
    full_at = 0  # when the bucket is full again: this one number says how empty it is
    for at in sorted(starts):
        full_at = max(full_at, at) + refill_ms
    return max(0, full_at - (at_once - 1) * refill_ms)
