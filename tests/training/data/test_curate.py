"""Choosing rows: every act keeps what it promises, names what it took out, and signs what it kept."""

import json
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.data.made_up import numbered, row
from training.data import DataError, TrainingRow, read_rows, write_rows
from training.data.choices import Keep, Measured, Part
from training.data.curate import (
    Ingredient,
    Outcome,
    by_language,
    by_length,
    dedupe,
    longest,
    mix,
    random_rows,
    split,
)
from training.data.problems import Kind
from training.data.reading import read
from training.data.shingles import jaccard, shingles
from training.data.tokens import Tokens


class Spaces:
    """Counts words, as a tokenizer would count tokens."""

    name, sha256 = "spaces", "0" * 64

    def of_responses(self, rows: Any) -> list[int]:
        return [len(one.response.split()) for one in rows]

    def of_rows(self, rows: Any) -> list[int]:
        return [len(one.question.split()) + len(one.response.split()) for one in rows]


WORDS = Spaces()
ROWS = [row(f"Q{n}?", "lah " * length, line=n) for n, length in enumerate([5, 1, 9, 5, 3], 1)]


def lines_of(rows: list[TrainingRow]) -> list[int]:
    return [one.source.line for one in rows]


def test_the_longest_by_tokens_stay_in_the_order_of_the_file() -> None:
    found = longest(ROWS, 3, WORDS)
    assert lines_of(found.rows) == [1, 3, 4]
    assert [(one.row.source.line, one.reason) for one in found.removed] == [
        (2, "1 tokens; the shortest kept has 5"),
        (5, "3 tokens; the shortest kept has 5"),
    ]
    assert lines_of(longest(ROWS, 2, WORDS).rows) == [1, 3], "of equals the first"


def test_a_real_tokenizer_counts_tokens_and_not_characters() -> None:
    tokens = Tokens()
    easy, hard = row("Which?", "Singapore food " * 8), row("Which?", "Xq7#zv " * 16)
    assert len(easy.response) > len(hard.response)
    assert longest([easy, hard], 1, tokens).rows[0].id == hard.id
    assert tokens.of_rows([easy])[0] > tokens.of_responses([easy])[0] + 1, "the chat template counts"
    assert len(tokens.sha256) == 64


def test_random_rows_depend_on_the_seed_alone() -> None:
    first, again, other = (random_rows(numbered(50), 10, seed) for seed in (1, 1, 2))
    assert first == again
    assert lines_of(first.rows) == sorted(lines_of(first.rows)) != lines_of(other.rows)
    assert len(first.rows) == 10


@pytest.mark.parametrize("k", [0, 6, -1])
def test_more_rows_than_there_are_cannot_be_chosen(k: int) -> None:
    with pytest.raises(DataError, match=f"1 to 5 of these rows, not {k}"):
        longest(ROWS, k, WORDS)
    with pytest.raises(DataError, match=f"1 to 5 of these rows, not {k}"):
        random_rows(ROWS, k, 0)


LONG = " ".join(f"word{n}" for n in range(60))


def test_of_near_duplicates_the_longest_response_stays_or_the_first() -> None:
    rows = [row("Why?", LONG, line=1), row("Why?", LONG + " at last", line=2), row("Who?", "Nobody knows it.", line=3)]
    assert lines_of(dedupe(rows).rows) == [2, 3]
    assert lines_of(dedupe(rows, keep=Keep.FIRST).rows) == [1, 3]
    (gone,) = dedupe(rows).removed
    assert gone.reason.startswith("97% like ")
    assert gone.reason.endswith("(made-up.jsonl, line 2)")


def test_identical_rows_leave_one_and_the_report_says_so() -> None:
    found = dedupe([row("Why?", LONG, line=n) for n in range(1, 2001)])
    assert lines_of(found.rows) == [1]
    assert len(found.removed) == 1999
    assert found.notes == ("1,999 of the 1,999 rows taken out are identical to one that stays",)


def test_26_000_identical_rows_are_told_deduplicated_and_refused_a_split(tmp_path: Path) -> None:
    """Takes some ten seconds; a comparison of every pair would take hours."""
    line = json.dumps({"prompt": "Why?", "completion": "So it is, and so it was, lah."})
    (tmp_path / "rows.jsonl").write_text(f"{line}\n" * 26_000)
    found = read(tmp_path / "rows.jsonl")
    assert [problem.kind for problem in found.problems] == [Kind.DUPLICATE] * 25_999
    assert len(dedupe(found.rows).rows) == 1
    with pytest.raises(DataError, match=r"make 1 clusters of 26,000 to 26,000 rows\. Take near-duplicates out first"):
        split(found.rows, 0.1, seed=1)


def test_what_is_compared_can_be_the_question_or_the_response() -> None:
    rows = [row("Why is it so?", LONG, line=1), row("Why is it so?", LONG[::-1], line=2), row("Who?", LONG, line=3)]
    assert lines_of(dedupe(rows, part=Part.QUESTION).rows) == [1, 3]
    assert lines_of(dedupe(rows, part=Part.RESPONSE, keep=Keep.FIRST).rows) == [1, 2]
    system = [row("Why?", "Because.", system=LONG), row("Who?", "Somebody else.", system=LONG)]
    assert len(dedupe(system).rows) == 2, "a shared system prompt makes no duplicates"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8), min_size=1, max_size=25))
def test_after_deduplication_no_two_rows_are_near_and_each_lost_one_has_a_near_one_left(texts: list[list[str]]) -> None:
    rows = [row("q", " ".join(text), line=n) for n, text in enumerate(texts, 1)]
    found = dedupe(rows, 0.6)
    sets = {one.source.line: shingles(Part.ROW.of(one)) for one in rows}
    left = lines_of(found.rows)
    assert not [1 for one in left for other in left if one < other and jaccard(sets[one], sets[other]) >= 0.6]
    for gone in found.removed:
        assert max(jaccard(sets[gone.row.source.line], sets[one]) for one in left) >= 0.6


def test_length_filters_count_the_response_or_the_row() -> None:
    assert lines_of(by_length(ROWS, WORDS, least=3, most=5).rows) == [1, 4, 5]
    assert lines_of(by_length(ROWS, WORDS, most=4, measured=Measured.ROW).rows) == [2, 5]
    assert [one.reason for one in by_length(ROWS, WORDS, least=4).removed] == [
        "1 tokens, fewer than 4",
        "3 tokens, fewer than 4",
    ]


@pytest.mark.parametrize(("least", "most"), [(0, None), (5, 4)])
def test_a_length_filter_that_makes_no_sense_is_refused(least: int, most: int | None) -> None:
    with pytest.raises(DataError, match="A length filter goes from"):
        by_length(ROWS, WORDS, least, most)


LANGUAGES = [
    row("q", "The hawker centre is where everybody eats, whatever they earn.", line=1),
    row("q", "小贩中心是大家一起吃饭的地方，不管收入多少。", line=2),
    row("q", "Pusat penjaja ialah tempat semua orang makan bersama-sama setiap hari.", line=3),
    row("q", "உணவு அங்காடி நிலையம் எல்லோரும் சாப்பிடும் இடம்.", line=4),
    row("q", "12345 !!!", line=5),
]


def test_the_language_filter_knows_the_four_languages_of_singapore() -> None:
    assert lines_of(by_language(LANGUAGES, frozenset(["en"])).rows) == [1]
    found = by_language(LANGUAGES, frozenset(["en", "zh", "ta", "ms", "id"]))
    assert lines_of(found.rows) == [1, 2, 3, 4]
    assert "sure)" in found.removed[0].reason


def test_a_language_less_sure_than_asked_for_goes_too() -> None:
    identified = {"sure": ("en", 0.9), "perhaps": ("en", 0.3)}.__getitem__
    found = by_language([row("q", "sure"), row("q", "perhaps")], frozenset(["en"]), 0.5, identified)
    assert [one.reason for one in found.removed] == ["perhaps in en, but only 30% sure"]


def test_a_language_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DataError, match="no language xx; give ISO 639-1 codes"):
        by_language(LANGUAGES, frozenset(["en", "xx"]))


def named(name: str, count: int, weight: Fraction | int) -> Ingredient:
    return Ingredient(
        name, [row(f"{name} {n}?", f"{name} says {n}.", line=n + 1) for n in range(count)], Fraction(weight)
    )


def counts(found: Outcome) -> Counter[str]:
    return Counter(one.question.split()[0] for one in found.rows)


def test_a_mixture_keeps_the_weights_and_takes_no_row_twice() -> None:
    found = mix([named("a", 100, 3), named("b", 40, 1)], seed=1, total=80)
    assert counts(found) == {"a": 60, "b": 20}
    assert len({one.id for one in found.rows}) == 80
    assert len(found.removed) == 60
    assert found == mix([named("a", 100, 3), named("b", 40, 1)], seed=1, total=80)
    assert found.rows != mix([named("a", 100, 3), named("b", 40, 1)], seed=2, total=80).rows


def test_without_a_total_a_mixture_is_as_large_as_the_weights_allow() -> None:
    assert counts(mix([named("a", 100, 3), named("b", 20, 1)], seed=1)) == {"a": 60, "b": 20}


def test_remainders_go_to_the_largest() -> None:
    three = [named(name, 50, Fraction(1, 3)) for name in "abc"]
    assert counts(mix(three, seed=1, total=100)) == {"a": 34, "b": 33, "c": 33}


def test_a_mixture_never_repeats_rows_to_fill_up() -> None:
    with pytest.raises(DataError, match=r"need 75 of a, which has 50\. Ask for at most 66"):
        mix([named("a", 50, 3), named("b", 100, 1)], seed=1, total=100)


@pytest.mark.parametrize(
    ("ingredients", "complaint"),
    [
        ([named("a", 5, 1)], "two sets at least"),
        ([named("a", 5, 1), named("b", 5, 0)], "weight of b must be above 0"),
        ([named("a", 5, 1), named("b", 0, 1)], "b holds no row"),
    ],
)
def test_a_mixture_that_makes_no_sense_is_refused(ingredients: list[Ingredient], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        mix(ingredients, seed=1)


def test_rows_that_come_from_two_sets_are_noted() -> None:
    both = [named("a", 5, 1), Ingredient("b", named("a", 5, 1).rows, Fraction(1))]
    assert "5 rows are there more than once, from several sets" in mix(both, seed=1).notes


def test_a_split_keeps_near_duplicates_on_one_side_and_its_share() -> None:
    rows = [
        row(f"Topic {n}?", f"w{n} " + " ".join(f"w{n}x{m}" for m in range(40)) + f" end {copy}", line=5 * n + copy)
        for n in range(100)
        for copy in range(5)
    ]
    found = split(rows, 0.2, seed=4)
    topics = [{one.question for one in side} for side in (found.training, found.validation)]
    assert not topics[0] & topics[1]
    assert (len(found.training), len(found.validation)) == (400, 100)
    assert found == split(rows, 0.2, seed=4) != split(rows, 0.2, seed=5)
    assert {one.source.steps[-1].settings["side"] for one in found.validation} == {"validation"}
    assert "500 rows lie in 100 clusters" in found.notes[0]


def test_rows_that_have_nothing_in_common_are_split_to_the_row() -> None:
    found = split(numbered(200), 0.1, seed=1)
    assert (len(found.training), len(found.validation), found.notes) == (180, 20, ())


def test_a_share_that_clusters_do_not_fit_is_told() -> None:
    rows = numbered(30) + [row("Same?", LONG, line=n) for n in range(100, 170)]
    found = split(rows, 0.5, seed=1)
    assert len(found.validation) == 30
    assert any("30 rows for validation, not 50" in note for note in found.notes)


@pytest.mark.parametrize("rows", [[row("Why?", LONG, line=n) for n in range(2000)], numbered(1)])
def test_rows_that_are_all_alike_cannot_be_split(rows: list[TrainingRow]) -> None:
    with pytest.raises(DataError, match=r"cannot be split.*Take near-duplicates out first"):
        split(rows, 0.1, seed=1)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(DataError, match="between 0 and 1"):
        split(numbered(10), share, seed=1)


ACTS: list[Callable[[list[TrainingRow]], list[TrainingRow]]] = [
    lambda rows: longest(rows, 15, WORDS).rows,
    lambda rows: random_rows(rows, 15, 3).rows,
    lambda rows: dedupe(rows).rows,
    lambda rows: by_length(rows, WORDS, 2).rows,
    lambda rows: by_language(rows, frozenset(["en"]), 0, lambda text: ("en", 1.0)).rows,
    lambda rows: split(rows, 0.3, 1).training,
    lambda rows: mix([Ingredient("a", rows, Fraction(1)), named("b", 20, 1)], 1).rows,
]


@pytest.mark.parametrize("act", ACTS)
def test_every_act_signs_its_rows_and_changes_nothing_in_place(
    act: Callable[[list[TrainingRow]], list[TrainingRow]], tmp_path: Path
) -> None:
    rows = numbered(20)
    found = act(rows)
    assert all(len(one.source.steps) == 1 for one in found)
    assert rows == numbered(20)
    write_rows(tmp_path / "rows.jsonl", found)
    assert read_rows(tmp_path / "rows.jsonl") == found


def test_acts_compose_and_the_provenance_tells_the_story() -> None:
    found = split(longest(dedupe(numbered(40)).rows, 20, WORDS).rows, 0.25, 7)
    story = [step.name for step in found.training[0].source.steps]
    assert story == ["dedupe", "longest", "split"]
    assert found.training[0].source.steps[1].settings["before"] == 40


def test_reports_are_json() -> None:
    told = json.loads(json.dumps(longest(ROWS, 3, WORDS).as_json()))
    assert (told["step"], told["before"], told["after"], told["k"]) == ("longest", 5, 3, 3)
    assert told["removed"][0] == {
        "id": ROWS[1].id,
        "file": "made-up.jsonl",
        "line": 2,
        "reason": "1 tokens; the shortest kept has 5",
    }
    assert json.dumps(split(numbered(10), 0.2, 1).as_json())


def test_an_act_that_would_leave_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="length would leave none of the 5 rows"):
        by_length(ROWS, WORDS, least=100)
