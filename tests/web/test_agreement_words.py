"""Agreement, measured on small rounds by hand, and told in plain words."""

from fractions import Fraction

import pytest

from server.domain.agreement import Agreement, Chorus, Ordering, RoundOpinions, Spread, opinions
from server.domain.event import JudgeSeat
from server.domain.insight import LengthEffect
from server.web.screens._agreement_words import agreement_lines
from tests.stagehand import event
from tests.web.judged_show import made as judged_event
from tests.web.judged_show import measure, prompted, sealed

F = Fraction
ONE = event(judges=(JudgeSeat("judge", "Qwen"),))
TWO = event(judges=(JudgeSeat("judge", "Qwen"), JudgeSeat("other", "Llama")))


def marks(*values: int) -> dict[str, Fraction]:
    return {name: F(value) for name, value in zip("abcde", values, strict=False)}


def round_of(
    judges: dict[str, dict[str, Fraction]], experts: dict[str, dict[str, Fraction]], key: str
) -> RoundOpinions:
    return RoundOpinions(key, judges, experts, {}, dict.fromkeys("abc", 100))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            Agreement({"judge": Ordering(10, 8, 1)}),
            "The LLM judge and the panel order 8 of 10 pairs the same way, and 1 it holds for equal.",
        ),
        (Agreement({"judge": Ordering(1, 1)}), "The LLM judge and the panel order 1 of 1 pair the same way."),
        (Agreement({"judge": Ordering()}), "The LLM judge cannot be compared with the panel"),
        (
            Agreement({"judge": Ordering(1, 1)}, {"judge": Spread(F(3, 4), F(2), "farah")}),
            "The LLM judge’s marks lie 0.75 apart between shuffled orders on average, 2.00 at most (for Farah).",
        ),
        (
            Agreement({"judge": Ordering(1, 1)}, {"judge": Spread(F(0), F(0), "farah")}),
            "The LLM judge gives the same marks in every shuffled order.",
        ),
        (
            Agreement(experts=Chorus(5, 5, 0.81)),
            "The 5 experts agree well with one another: Krippendorff’s alpha 0.81 over 5 answers.",
        ),
        (Agreement(experts=Chorus(5, 5, 0.7)), "agree fairly well"),
        (Agreement(experts=Chorus(5, 5, 0.4)), "agree a little"),
        (Agreement(experts=Chorus(5, 5, 0.1)), "hardly agree"),
        (
            Agreement(experts=Chorus(5, 5, -0.2)),
            "agree less than by chance with one another: Krippendorff’s alpha −0.20",
        ),
        (Agreement(experts=Chorus(5, 1, None)), "all the same over 1 answer, which says nothing"),
        (
            Agreement({"judge": Ordering(1, 1)}, length=LengthEffect(5, 0.8, 0.5)),
            "Longer answers got higher marks from the LLM judge: 0.50 for 100 characters more "
            "(correlation 0.80 over 5 answers).",
        ),
        (Agreement({"judge": Ordering(1, 1)}, length=LengthEffect(5, -0.8, -0.5)), "got lower marks"),
        (Agreement({"judge": Ordering(1, 1)}, length=LengthEffect(5, 0.1, 0.5)), "says little about its mark"),
        (Agreement({"judge": Ordering(1, 1)}, length=LengthEffect(5, None, None)), "cannot be told"),
    ],
)
def test_what_was_measured_is_said_in_plain_words(found: Agreement, words: str) -> None:
    assert words in " ".join(agreement_lines(ONE, found))


def test_several_judges_are_named() -> None:
    lines = agreement_lines(TWO, Agreement({"judge": Ordering(10, 8), "other": Ordering(10, 3)}))
    assert [line.split(" and the panel")[0] for line in lines] == ["Qwen", "Llama"]
    assert agreement_lines(TWO, None) == ()


def test_pairs_are_counted_against_the_mean_of_the_experts_and_add_up_over_rounds() -> None:
    experts = {"x": marks(5, 4, 3), "y": marks(5, 5, 3)}
    first = round_of({"judge": marks(9, 8, 7)}, experts, "1.1")
    second = round_of({"judge": marks(7, 9, 9)}, experts, "2.1")
    assert measure([first]).orderings == {"judge": Ordering(3, 3, 0)}
    assert measure([second]).orderings == {"judge": Ordering(3, 0, 1)}
    assert measure([first, second]).orderings == {"judge": Ordering(6, 3, 1)}
    assert measure([first]).judges is None


def test_judges_that_agree_wholly_have_an_alpha_of_1() -> None:
    same = {"judge": marks(9, 5, 1), "other": marks(9, 5, 1)}
    found = measure([round_of(same, {}, "1.1")])
    assert found.judges == Chorus(2, 3, 1.0)
    assert found.orderings["judge"].pairs == 0


def test_a_judges_own_marks_are_compared_not_what_code_made_of_them() -> None:
    (round_,) = opinions(sealed().state)
    assert set(round_.judges) == {"qwen", "llama"}
    assert round_.judges["qwen"]["mei-ling"] == 9
    assert round_.spreads["qwen"]["priya"] == 2
    assert measure([round_]).spreads["qwen"] == Spread(F(1), F(2), "priya")


def test_a_round_that_is_still_judged_is_not_measured() -> None:
    from tests.stagehand import Stagehand
    from tests.web.judged_show import ANSWERS

    assert opinions(prompted(Stagehand(judged_event()), ANSWERS).state) == ()
