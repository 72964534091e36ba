"""Validation rows for several processes: evened out by rows that teach nothing, so that none counts twice."""

import pytest

from training.tuning.building import evened
from training.tuning.encoding import Encoded

ROWS = [Encoded(str(n), [1] * (2 + n), [1] * (2 + n)) for n in range(5)]


@pytest.mark.parametrize(("at_once", "in_all"), [(1, 5), (2, 6), (4, 8), (5, 5), (8, 8)])
def test_rows_are_filled_up_to_a_multiple_by_short_rows_without_labels(at_once: int, in_all: int) -> None:
    filled = evened(ROWS, at_once)
    assert filled[:5] == ROWS
    assert len(filled) == in_all
    assert all(row.learned == 0 and len(row.ids) == 2 for row in filled[5:])
