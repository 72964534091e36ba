"""An effect that was put in is found with its size; where none was put in, none is found (about 15 s)."""

import numpy as np
import pytest

from models.judging.audit import BEYOND, EXPERTS, Audit, Effect, ExpertMark, Finding, audit
from models.judging.audit.within import Groups, effect
from tests.models.audit.shows import Show, played

FAIR_SHOWS = 30


def audited(show: Show) -> Audit:
    return audit(*played(show))


def length_of(found: Audit, rater: str) -> Effect:
    return next(one.effect for one in found.length if one.effect.rater == rater)


def trait_of(found: Audit, trait: str, rater: str) -> Effect:
    return next(
        one.effect for one in (*found.markdown, *found.language) if (one.trait, one.effect.rater) == (trait, rater)
    )


def test_a_planted_length_bias_is_found_in_the_judge_and_not_in_the_experts() -> None:
    found = audited(Show(length=0.4, judges=2, seed=1))
    for judge in ("judge-0", "judge-1", f"judge-0{BEYOND}"):
        effect = length_of(found, judge)
        assert effect.finding is Finding.CLEAR
        assert effect.estimate is not None
        assert effect.estimate.size == pytest.approx(0.4, abs=0.15)
    assert length_of(found, EXPERTS).finding is not Finding.CLEAR
    correlation = found.length[0].rank_correlation
    assert correlation is not None
    assert 0.3 < correlation.size <= 1
    assert len(found.length[0].points) == 60


def test_over_many_shows_the_planted_size_comes_out_and_intervals_cover_it() -> None:
    found = [length_of(audited(Show(length=0.4, seed=seed, experts=0)), "judge-0").estimate for seed in range(20)]
    known = [one for one in found if one is not None]
    assert len(known) == 20
    assert sum(one.size for one in known) / 20 == pytest.approx(0.4, abs=0.03)
    assert sum(one.interval.low < 0.4 < one.interval.high for one in known) >= 16


def test_short_answers_may_be_preferred_too() -> None:
    effect = length_of(audited(Show(length=-0.4)), "judge-0")
    assert effect.finding is Finding.CLEAR
    assert effect.estimate is not None
    assert effect.estimate.interval.high < 0


def test_easy_rounds_with_long_answers_do_not_look_like_a_length_bias() -> None:
    records, experts = played(Show(easy_is_long=1.0, rounds=20))
    lengths = [len(one.text) for one in records]
    marks = [float(one.mark) for one in records]
    middle = sorted(lengths)[len(lengths) // 2]
    long = [mark for mark, length in zip(marks, lengths, strict=True) if length > middle]
    short = [mark for mark, length in zip(marks, lengths, strict=True) if length <= middle]
    assert sum(long) / len(long) > sum(short) / len(short) + 0.5, "over all rounds, long answers have more"
    assert length_of(audit(records, experts), "judge-0").finding is Finding.NOT_SEEN


def test_a_planted_place_effect_is_found_place_by_place() -> None:
    found = audited(Show(place=-0.3)).position[0]
    assert found.effect.finding is Finding.CLEAR
    assert found.effect.estimate is not None
    assert found.effect.estimate.size == pytest.approx(-0.3, abs=0.1)
    assert [place for place, _ in found.places] == [1, 2, 3, 4, 5]
    sizes = [estimate.size for _, estimate in found.places]
    assert sum(sizes) == pytest.approx(0, abs=1e-6)
    assert sizes[0] > 0.3
    assert sizes[-1] < -0.3
    assert found.spread is not None
    assert found.spread > 0.5


def test_planted_bold_is_found_and_headings_that_nobody_used_are_not() -> None:
    found = audited(Show(bold=1.2, rounds=15))
    assert trait_of(found, "bold", "judge-0").finding is Finding.CLEAR
    assert trait_of(found, "bold", EXPERTS).finding is Finding.NOT_SEEN
    headings = trait_of(found, "headings", "judge-0")
    assert headings.finding is Finding.TOO_FEW
    assert headings.estimate is None
    assert "0 rounds" in (headings.reason or "")


def test_bold_in_longer_answers_is_told_from_length() -> None:
    found = audited(Show(length=0.3, bold_is_long=True, rounds=15))
    bold = next(one for one in found.markdown if one.trait == "bold" and one.effect.rater == "judge-0")
    assert bold.effect.finding is Finding.CLEAR, "by itself it looks like an effect"
    assert bold.at_equal_length is not None
    assert bold.at_equal_length.interval.low < 0 < bold.at_equal_length.interval.high
    assert bold.at_equal_length.p is not None
    assert bold.at_equal_length.p > 0.05


def test_marks_are_shuffled_within_rounds_alone() -> None:
    """Six rounds of two entries, the longer always ahead: by chance that, or its opposite, happens in 2 of 64 cases."""
    group = np.repeat(np.arange(6), 2)
    marks = np.array([0.0, 1.0, 0.0, 2.0, 0.0, 4.0, 0.0, 8.0, 0.0, 16.0, 0.0, 32.0])
    found = effect(np.tile([0.0, 1.0], 6), marks, Groups(group, group))
    assert found.size == pytest.approx(63 / 6)
    assert found.p == pytest.approx(2 / 64, abs=0.01)


def test_what_stands_beside_an_effect_is_taken_out_before_the_shuffle() -> None:
    rng = np.random.default_rng(0)
    group, values, beside = np.repeat(np.arange(12), 5), rng.normal(size=60), rng.normal(size=60)
    noise = rng.normal(size=60)
    alone = effect(values, noise, Groups(group, group))
    with_it = effect(values, noise + 5 * beside, Groups(group, group), beside[:, None])
    assert alone.p is not None
    assert alone.p > 0.2
    assert with_it.p == pytest.approx(alone.p, abs=0.15)
    assert with_it.size == pytest.approx(alone.size, abs=0.1)


def test_a_mild_expert_who_saw_only_the_long_entries_does_not_prefer_them() -> None:
    records, _ = played(Show(orders=1, experts=0))
    lengths = sorted({len(one.text) for one in records})
    mild = [ExpertMark(one.round, one.entry, "mild", 9) for one in records if len(one.text) > lengths[20]]
    harsh = [ExpertMark(one.round, one.entry, "harsh", 2) for one in records if len(one.text) <= lengths[40]]
    estimate = length_of(audit(records, mild + harsh), EXPERTS).estimate
    assert estimate is not None
    assert estimate.size == pytest.approx(0)


def test_a_planted_language_effect_is_found() -> None:
    found = audited(Show(malay=-1.2, rounds=15))
    assert trait_of(found, "Malay", "judge-0").finding is Finding.CLEAR
    malay, english = (trait_of(found, one, "judge-0").estimate for one in ("Malay", "English"))
    assert malay is not None
    assert english is not None
    assert malay.size == pytest.approx(-english.size), "with two languages one is the mirror of the other"
    assert malay.size == pytest.approx(-1.2, abs=0.5)


def test_in_fair_shows_hardly_anything_is_found() -> None:
    seen = []
    for seed in range(FAIR_SHOWS):
        found = audited(Show(rounds=7, seed=seed, experts=0))
        bold = [one.effect for one in found.markdown if one.trait == "bold"]
        seen += [one.effect.finding for one in (*found.length, *found.position)] + [one.finding for one in bold]
    told = [one for one in seen if one is not Finding.TOO_FEW]
    assert len(told) > 80
    # By chance one in a hundred is clear and four more are hints.
    assert told.count(Finding.CLEAR) <= 4
    assert told.count(Finding.HINT) <= 10


def test_a_short_show_says_what_is_missing_in_words() -> None:
    found = audited(Show(rounds=3))
    assert length_of(found, "judge-0").reason == "3 rounds with entries of different lengths; 5 are needed"
    assert found.position[0].effect.reason == "3 rounds with entries shown in two places or more; 5 are needed"
    assert found.event.by_judge[0].interval is None


def test_one_order_alone_says_nothing_of_places() -> None:
    place = audited(Show(orders=1)).position[0]
    assert (place.effect.finding, place.places, place.spread) == (Finding.TOO_FEW, (), None)
