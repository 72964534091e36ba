"""Reading a stored reply of a listwise judge again, for what the finale does not keep: each order's marks.

The same strict reader as in the show; asking and storing are done elsewhere.
"""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction

from models.judging.asking import completion
from models.judging.listwise import letters, marked, whole
from models.judging.protocol import VerdictRefused


def marks_in(
    reply: str, order: Sequence[str], keys: Sequence[str], weights: Mapping[str, Fraction] | None
) -> Mapping[str, Fraction] | None:
    """Each finalist's mark in a whole chat completion as stored; `order` as shown, `keys` the criteria's.

    None when it is no listwise verdict on these finalists and criteria.
    """
    shown = letters(len(order))
    try:
        read = marked(whole(completion(json.loads(reply))), shown, keys, weights)
    except (VerdictRefused, ValueError, RecursionError):
        return None
    return {finalist: read[letter].mark for letter, finalist in zip(shown, order, strict=True)}
