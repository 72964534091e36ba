"""When a run is said to overfit, and which validation is the best: tables."""

import math

import pytest

from training.tuning.overfitting import Validation, best_of, overfitting_since, since_best, validations_in


def validations(*pairs: tuple[float, float]) -> list[Validation]:
    """Validations at steps 10, 20, …, from (validation loss, training loss)."""
    return [Validation(10 * (number + 1), loss, training) for number, (loss, training) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("pairs", "since"),
    [
        ([], None),
        ([(2.0, 2.1)], None),
        ([(2.0, 2.1), (1.9, 1.8), (1.8, 1.7)], None),
        ([(2.0, 2.1), (1.9, 1.8), (2.0, 1.5)], None),  # one rise may be chance
        ([(2.0, 2.1), (1.9, 1.8), (2.0, 1.5), (2.1, 1.2)], 20),
        ([(2.0, 2.1), (1.9, 1.8), (2.0, 1.9), (2.1, 1.9)], None),  # the training loss rises too
        ([(2.0, 2.1), (1.9, 1.8), (1.902, 1.5), (1.903, 1.2)], None),  # within the margin
        ([(2.0, 2.1), (1.9, 1.8), (2.0, 1.5), (2.1, 1.2), (1.7, 1.1)], None),  # it came back
    ],
)
def test_overfitting_is_a_rising_validation_loss_under_a_falling_training_loss(
    pairs: list[tuple[float, float]], since: int | None
) -> None:
    assert overfitting_since(validations(*pairs)) == since


def test_the_best_is_the_first_of_equals_and_must_beat_the_threshold() -> None:
    found = validations((2.0, 2), (1.9, 2), (1.9, 2), (1.88, 2))
    best, patient = best_of(found), best_of(found, threshold=0.05)
    assert best is not None
    assert patient is not None
    assert (best.step, patient.step) == (40, 20)
    assert (since_best(found), since_best(found, 0.05), since_best([])) == (0, 2, 0)


def test_validations_are_read_from_a_trainers_history_with_the_training_loss_between() -> None:
    history = [
        {"step": 5, "eval_loss": 3.0},
        {"step": 6, "loss": 2.0},
        {"step": 7, "loss": 1.0},
        {"step": 7, "eval_loss": 2.5},
        {"step": 7, "train_runtime": 1.0},
    ]
    first, second = validations_in(history)
    assert math.isnan(first.training_loss)
    assert second == Validation(7, 2.5, 1.5)
