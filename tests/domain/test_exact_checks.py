"""Exact checks: every kind passes and fails as a person would count, and a check that cannot be used says why."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import strategies as st

from server.domain.counting import label, outcome, outcomes, with_checks
from server.domain.errors import Refused
from server.domain.event import Question
from server.domain.exact_checks import CheckKind, ExactCheck, Which, problems
from server.domain.marks import CheckOutcome, Verdict
from server.domain.rules import Criterion
from server.domain.setup import check_event
from tests.domain.drawn_rounds import holds_for
from tests.stagehand import event

K, F = CheckKind, Fraction
LETTERS = ExactCheck(K.COUNT_LETTER, letter="r", text="Strawberry")
THREE = ExactCheck(K.SAYS_NUMBER, number=F(3))
KAMP = ExactCheck(K.ACRONYM, word="kamp")
OWN = ExactCheck(K.ACRONYM)


@pytest.mark.parametrize(
    ("check", "answer", "passes"),
    [
        (LETTERS, "There are 3 r's in it.", True),
        (LETTERS, "Three.", True),
        (LETTERS, "Step 1: s, t, r. Step 2: … so **3**", True),
        (LETTERS, "There are 3. Each one counts.", True),
        (LETTERS, "There are 2 r's.", False),
        (LETTERS, "Many.", False),
        (LETTERS, "3 or 4", False),
        (replace(LETTERS, which=Which.ONLY), "First 1, then 3", False),
        (replace(LETTERS, which=Which.ONLY), "3. Yes, 3.", True),
        (THREE, "-3", False),
        (THREE, "3.0", True),
        (THREE, "1,003", False),
        (THREE, "1,2,3", True),
        (THREE, "B3", False),
        (ExactCheck(K.SAYS_NUMBER, number=F(21)), "twenty-one", True),
        (ExactCheck(K.SAYS_NUMBER, number=F("2.5")), "about 2.5 km.", True),
        (ExactCheck(K.SAYS_NUMBER, number=F(1024)), "1,024 people", True),
        (ExactCheck(K.CONTAINS_ALL, words=("Kopi O", "teh")), "teh, and kopi\n o!", True),
        (ExactCheck(K.CONTAINS_ALL, words=("kopi", "teh")), "kopitiam and teh", False),
        (ExactCheck(K.CONTAINS_ALL, words=("咖啡",)), "我喝咖啡。", True),
        (ExactCheck(K.CONTAINS_ANY, words=("HDB", "void deck")), "below the void deck", True),
        (ExactCheck(K.CONTAINS_ANY, words=("HDB", "void deck")), "below", False),
        (ExactCheck(K.CONTAINS_NONE, words=("very",)), "everywhere", True),
        (ExactCheck(K.CONTAINS_NONE, words=("very",)), "Very good", False),
        (ExactCheck(K.WORD_COUNT, at_most=3), "one – two three", True),
        (ExactCheck(K.WORD_COUNT, at_most=3), "one two three four", False),
        (ExactCheck(K.WORD_COUNT, at_least=2, at_most=3), "one", False),
        (ExactCheck(K.WORD_COUNT, at_least=2), "one two", True),
        (ExactCheck(K.BEGINS_WITH, words=("Dear", "To")), "> *Dear* all", True),
        (ExactCheck(K.BEGINS_WITH, words=("Dear",)), "Dearest", False),
        (ExactCheck(K.IS_ONE_OF, answers=("Merlion", "the merlion")), "**The Merlion.**", True),
        (ExactCheck(K.IS_ONE_OF, answers=("Merlion",)), "It is the Merlion", False),
        (ExactCheck(K.MATCHES, pattern=r"\b19\d\d\b"), "in 1965, then", True),
        (ExactCheck(K.MATCHES, pattern=r"^\d\. "), "first line", False),
        (KAMP, "K – Kopi\nA – Auntie\nM: makan\nP = pasar", True),
        (KAMP, "**K**opi at dawn\n**A**unties laugh\n- **M**akan first\n- **P**asar malam", True),
        (KAMP, "K is for kopi, A is for auntie, M stands for makan, and P for pasar.", True),
        (KAMP, "1. **K** - Kopi\n2. **M** - makan\n3. **A** - auntie", False),
        (KAMP, "KAMP! That is all.", False),
        (OWN, "**HAWK**\nH: hawkers\nA: aunties\nW: woks\nK: kopi", True),
        (OWN, "H.A.W.K. – H is for heat, A is for aroma, W is for wok, K is for kopi", True),
        (OWN, "HAWK, for hawkers.", False),
        (OWN, "no word in capitals", False),
    ],
)
def test_a_check_passes_as_a_person_would_count(check, answer, passes):
    found = outcome(check, answer)
    assert found.passed is passes, found.sentence
    assert found.sentence[0].isupper()
    assert found.sentence.endswith(".")


def test_a_letter_is_counted_by_code_and_the_sentence_says_what_is_right():
    assert outcome(LETTERS, "Two.").sentence == "The last number in the answer is 2, but 3 is right."
    assert label(LETTERS) == "counts the letter r in “Strawberry”"


@pytest.mark.parametrize("kind", CheckKind)
@pytest.mark.parametrize("answer", ["", " ", "*" * 50_000, "K - " * 20_000, "ABC " * 20_000, "\ud800", "9" * 50_000])
def test_no_answer_stalls_a_check_or_makes_it_raise(kind, answer):
    check = {
        K.SAYS_NUMBER: THREE,
        K.COUNT_LETTER: LETTERS,
        K.WORD_COUNT: ExactCheck(K.WORD_COUNT, at_most=5),
        K.ACRONYM: KAMP,
        K.IS_ONE_OF: ExactCheck(K.IS_ONE_OF, answers=("x",)),
        K.MATCHES: ExactCheck(K.MATCHES, pattern="(K|A|B)+ C$"),
    }.get(kind, ExactCheck(kind, words=("a b", "*")))
    assert len(outcome(check, answer).sentence) < 300


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (ExactCheck(K.SAYS_NUMBER), "says_number needs number."),
        (ExactCheck(K.COUNT_LETTER, letter="r"), "count_letter needs text."),
        (replace(LETTERS, words=("x",)), "count_letter has no use for words; leave it out."),
        (replace(LETTERS, letter="rr"), "A letter is one letter, not 'rr'."),
        (ExactCheck(K.WORD_COUNT), "word_count needs at_least, at_most, or both."),
        (ExactCheck(K.WORD_COUNT, at_least=5, at_most=3), "at_least not above at_most; not 5 to 3."),
        (ExactCheck(K.ACRONYM, word="a b"), "has 2 to 15 letters and nothing else, not 'a b'."),
        (ExactCheck(K.CONTAINS_ANY, words=(" ",)), "at most 50 words or answers of 1 to 200 characters."),
        (ExactCheck(K.MATCHES, pattern="("), "a closing parenthesis is missing."),
    ],
)
def test_a_check_that_cannot_be_used_says_why(check, words):
    assert any(words in problem for problem in problems(check)), problems(check)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"checks": (ExactCheck(K.SAYS_NUMBER),)}, "Question 1: check 1: says_number needs number."),
        ({"checks": (THREE,), "checks_share": F(3, 2)}, "Question 1: checks_share is from 0 to 1, not 3/2."),
        ({"checks": (THREE, THREE)}, "two checks have the same name"),
        ({"checks": tuple(replace(THREE, number=F(n)) for n in range(11))}, "at most 10 checks, not 11."),
        ({"criteria": (Criterion("Humour"),)}, "'Humour' is no key of a criterion"),
        ({"criteria": (Criterion("fun"), Criterion("fun"))}, "each key once"),
        ({"criteria": (Criterion("fun", weight=F(0)),)}, "at least one is above zero"),
        ({"facts": ("",)}, "at most 30 facts of 1 to 600 characters"),
        ({"reference": "x" * 7_001}, "the reference answer and the facts have at most 7,000 characters"),
    ],
)
def test_a_question_that_cannot_be_judged_is_refused_at_the_edge(changes, words):
    with pytest.raises(Refused, match=words.replace("(", r"\(")):
        check_event(event(questions=(Question("Why?", **changes),)))


marks = st.integers(0, 10_000).map(lambda n: F(n, 1000))
shares = st.fractions(0, 1, max_denominator=20)
found_in_checks = st.lists(st.booleans(), min_size=1, max_size=5)


def blended(mark, share, passed):
    checks = tuple(replace(THREE, number=F(n)) for n in range(len(passed)))
    question = Question("?", checks=checks, checks_share=share)
    found = tuple(CheckOutcome(str(n), one, "Said.") for n, one in enumerate(passed))
    return with_checks(question, found, Verdict("judge", "farah", mark, "Warm."))


@holds_for(marks, shares, found_in_checks)
def test_a_mark_is_its_share_of_the_judge_and_its_share_of_the_checks(mark, share, passed):
    verdict = blended(mark, share, passed)
    exact = (1 - share) * mark + share * 10 * F(sum(passed), len(passed))
    assert 0 <= verdict.mark <= 10
    assert abs(verdict.mark - exact) <= F(1, 2000)
    assert verdict.mark.denominator in {n for n in range(1, 1001) if 1000 % n == 0}
    assert verdict.judged == (None if share == 1 else mark)
    assert verdict.reason.startswith("Counted by code (")
    assert verdict.reason.endswith("Warm.")


@holds_for(marks, found_in_checks)
def test_a_share_of_0_leaves_the_judge_and_a_share_of_1_leaves_the_code(mark, passed):
    assert blended(mark, F(0), passed).mark == mark
    assert blended(mark, F(1), passed).mark == F(round(F(10_000 * sum(passed), len(passed))), 1000)


@holds_for(marks, shares, found_in_checks, st.integers(0, 4))
def test_one_more_check_passed_never_lowers_a_mark(mark, share, passed, place):
    better = [*passed]
    better[place % len(passed)] = True
    assert blended(mark, share, better).mark >= blended(mark, share, passed).mark


def test_a_question_without_checks_leaves_the_verdict_as_it_is():
    verdict = Verdict("judge", "farah", F(7), "Warm.")
    assert with_checks(Question("?"), (), verdict) is verdict
    assert outcomes(Question("?"), "3") == ()
