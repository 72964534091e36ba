"""The published AlpacaEval 2 leaderboard, figure by figure (about 10 s; skipped where the data is not there)."""

import pytest

from models.judging import fit_length_controlled, length_controlled_win_rate, preference_from_logprobs, win_rate
from models.judging.statistics import LengthControlled, head_to_head
from tests.models.statistics import published
from tests.models.statistics.published import Published

OTHER_FIT = "NullModel"
"""Its published coefficients are not those of its published rate: they give 86.325 %, the leaderboard says 86.458 %."""


def complete() -> list[Published]:
    return [one for one in published.models() if len(one.rows) == published.QUESTIONS]


def refitted(one: Published, difficulty: list[float]) -> LengthControlled:
    lengths = one.lengths("model"), one.lengths("baseline")
    return fit_length_controlled(one.preferences, *lengths, difficulty, questions=one.questions)


def by_rate(models: list[Published], rates: dict[str, float]) -> list[str]:
    return sorted((one.model for one in models), key=lambda model: -rates[model])


def test_raw_win_rates_are_the_published_ones() -> None:
    for one in published.models():
        assert win_rate(one.preferences) == pytest.approx(one.figure("win_rate"), abs=1e-9, rel=0), one.model


def test_counts_standard_errors_and_discrete_win_rates_are_the_published_ones() -> None:
    for one in published.models():
        found = head_to_head(one.preferences)
        counts = (found.wins, found.losses, found.draws, found.judged)
        assert counts == tuple(int(one.line[c]) for c in ("n_wins", "n_wins_base", "n_draws", "n_total")), one.model
        assert found.standard_error == pytest.approx(one.figure("standard_error"), abs=1e-9, rel=0), one.model
        assert found.discrete_rate == pytest.approx(one.figure("discrete_win_rate"), abs=1e-9, rel=0), one.model


def test_a_row_without_a_judgement_changes_no_figure_but_the_count_of_those() -> None:
    for one in published.models():
        with_gaps = head_to_head([None, *one.preferences, float("nan")])
        assert (with_gaps.rate, with_gaps.unjudged) == (win_rate(one.preferences), 2)


def test_preferences_follow_from_the_log_probabilities_in_one_of_the_two_orders() -> None:
    seen = 0
    for one in published.models():
        for row in one.rows:
            if not ((row["raw_completion"] or {}).get("logprobs") or {}).get("content"):
                continue
            found = preference_from_logprobs(row["raw_completion"]["logprobs"]["content"][0]["top_logprobs"])
            assert found is not None
            assert min(abs(found - row["preference"]), abs(3 - found - row["preference"])) < 1e-6
            seen += 1
    assert seen > 6_000


def test_length_controlled_rates_follow_from_the_published_coefficients() -> None:
    for one in complete():
        found = length_controlled_win_rate(one.coefficients, published.difficulty())
        within = 0.15 if one.model == OTHER_FIT else 1e-6
        assert found == pytest.approx(one.figure("length_controlled_winrate"), abs=within, rel=0), one.model


def test_models_with_missing_rows_were_published_with_the_difficulties_of_the_first_questions() -> None:
    """The original joins difficulties by row, so that after a missing row each stands beside another question."""
    for one in published.models():
        if len(one.rows) < published.QUESTIONS:
            rate = length_controlled_win_rate(one.coefficients, published.difficulty()[: len(one.rows)])
            assert rate == pytest.approx(one.figure("length_controlled_winrate"), abs=1e-6, rel=0), one.model


def test_refitted_from_the_judgements_the_rates_and_the_ranks_are_the_published_ones() -> None:
    """With difficulties joined by row, as they were published."""
    models = list(published.models())
    rates = {one.model: refitted(one, published.difficulty()[: len(one.rows)]).win_rate for one in models}
    told = {one.model: one.figure("length_controlled_winrate") for one in models}
    assert {model: rate for model, rate in rates.items() if abs(rate - told[model]) > 3} == {}
    assert by_rate(models, rates) == by_rate(models, told)


def test_refitted_with_each_questions_own_difficulty_the_rates_stay_close_and_complete_models_keep_their_ranks() -> (
    None
):
    models = list(published.models())
    rates = {one.model: refitted(one, [published.difficulty()[q] for q in one.questions]).win_rate for one in models}
    told = {one.model: one.figure("length_controlled_winrate") for one in models}
    assert {model: rate for model, rate in rates.items() if abs(rate - told[model]) > 3} == {}
    assert by_rate(complete(), rates) == by_rate(complete(), told)


def test_the_interval_of_a_refit_holds_the_published_rate_for_nearly_every_model() -> None:
    missed = []
    for one in published.models():
        low, high = refitted(one, published.difficulty()[: len(one.rows)]).interval
        if not low <= one.figure("length_controlled_winrate") <= high:
            missed.append(one.model)
    assert missed in ([], [OTHER_FIT])
