"""`finale judge audit`: an event's verdicts, as the store has them, become an audit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from models.judging.listwise import letters, shuffled
from models.judging.rereading import marks_in
from server.arena.archive import Exchange
from server.cli._judge_audit import Judged, judged_in
from server.domain.event import Event, JudgeSeat, Question
from server.domain.marks import SecondOpinion
from server.domain.rules import Criterion, Rules, Scoring
from server.domain.state import EventState, Phase, Rejudging
from server.store import verdicts
from server.store.database import open_database
from server.store.writer import Writer
from tests.cli.conftest import Finale, failed, put
from tests.models.fake_address import reply
from tests.stagehand import START, Stagehand, event

QUESTIONS = tuple(Question(f"Question {n}?") for n in range(1, 6))
MARKS = {f: Fraction(9 - i) for i, f in enumerate(event().finalist_ids)}


def made(**changes: object) -> Event:
    return event(questions=QUESTIONS, judges=(JudgeSeat("judge", "A judge"),), **changes)


def exchange(round_: str, order: Sequence[str], marks: Mapping[str, Fraction], **changes: object) -> Exchange:
    """A listwise judge's reply that marks every criterion the same; one mark more for the answer shown first."""
    keys = [criterion.key for criterion in made().rules.scoring.criteria]
    given = [
        {
            "entry": letter,
            "reason": "So it is.",
            "marks": {key: float(min(Fraction(10), marks[finalist] + (place == 0))) for key in keys},
        }
        for place, (letter, finalist) in enumerate(zip(letters(len(order)), order, strict=True))
    ]
    text = json.dumps(reply(json.dumps({"verdicts": given})))
    return replace(Exchange(round_, "judge", False, "{}", text, "ab" * 32, tuple(order), 800.0), **changes)  # type: ignore[arg-type]


def asked(round_: str) -> list[Exchange]:
    """Three orders, and one reply that did not count."""
    orders = [shuffled(tuple(MARKS), 7, number) for number in range(3)]
    return [*(exchange(round_, order, MARKS) for order in orders), exchange(round_, orders[0], MARKS, error="prose")]


def keep(url: str, id_: str, exchanges: Sequence[Exchange]) -> None:
    engine = open_database(url)
    writer = Writer(engine)
    writer.do_now(lambda connection: verdicts.put(connection, id_, exchanges, START))
    writer.close()
    engine.dispose()


def played(**changes: object) -> EventState:
    return Stagehand(made(**changes)).play_out().state


def found(state: EventState, exchanges: Sequence[Exchange]) -> Judged:
    return judged_in(state, exchanges, marks_in)


def test_an_audit_is_written_with_pictures(finale: Finale, url: str) -> None:
    put(url, made(), played=True)
    keep(url, "demo", [one for n in range(1, 6) for one in asked(f"{n}.1")])
    result = finale("judge", "audit", "demo")
    assert result.exit_code == 0, result.output
    files = {file.name for file in Path("demo-audit").iterdir()}
    assert {"audit.json", "audit.md", "position.svg"} <= files
    audit = json.loads(Path("demo-audit/audit.json").read_text())
    assert (audit["judges"], audit["entries"], audit["experts"]) == (["judge"], 25, 5)
    assert audit["position"][0]["effect"]["estimate"]["size"] < 0, "the first place was given a mark more"
    assert "Only final marks" not in result.stdout
    assert "audit.md" in result.stdout
    again = finale("judge", "audit", "demo")
    assert again.exit_code == 2
    assert "demo-audit exists already" in again.stderr
    assert finale("judge", "audit", "demo", "--force").exit_code == 0


def test_without_requests_final_marks_are_audited_and_it_says_so(finale: Finale, url: str) -> None:
    put(url, made(), played=True)
    result = finale("judge", "audit", "demo", "--out", "there")
    assert result.exit_code == 0, result.output
    assert "Only final marks are left of judge in round 1.1" in result.stdout
    assert Path("there/audit.md").exists()


def test_before_the_first_round_there_is_nothing_to_audit(finale: Finale, waiting: str) -> None:
    assert "No judge has marked anything in demo yet" in failed(finale("judge", "audit", "demo"))


def test_every_order_is_read_again_with_its_places() -> None:
    judged = found(played(), asked("1.1"))
    first = [mark for mark in judged.marks if mark.round == "1.1"]
    assert len(first) == 15
    assert {(mark.order, mark.position) for mark in first} == {(o, p) for o in range(3) for p in range(1, 6)}
    for mark in first:
        assert mark.mark == min(10, MARKS[mark.entry] + (mark.position == 1))
        assert mark.text.startswith("Answer of ")
    assert judged.without_orders == tuple(f"judge in round {n}.1" for n in range(2, 6))
    assert len(judged.experts) == 5 * 25


def test_criteria_that_weigh_differently_are_weighed_again() -> None:
    rules = Rules(
        scoring=Scoring(
            criteria=(Criterion("accuracy", "Accuracy", Fraction(3)), Criterion("humour", "Humour", Fraction(1))),
            audience_quorum=1,
        )
    )
    state = played(rules=rules)
    given = {"accuracy": 8, "humour": 4}
    verdicts_ = [{"entry": x, "reason": "So.", "marks": given} for x in letters(5)]
    text = json.dumps(reply(json.dumps({"verdicts": verdicts_})))
    judged = found(state, [replace(exchange("1.1", tuple(MARKS), MARKS), reply=text)])
    assert {mark.mark for mark in judged.marks if mark.round == "1.1"} == {Fraction(7)}


def test_a_voided_round_is_left_out() -> None:
    state = played()
    voided = replace(state, rounds=(replace(state.rounds[0], phase=Phase.VOIDED), *state.rounds[1:]))
    judged = found(voided, asked("1.1"))
    assert {mark.round for mark in judged.marks} == {"2.1", "3.1", "4.1", "5.1"}
    assert {mark.round for mark in judged.experts} == {"2.1", "3.1", "4.1", "5.1"}


@pytest.mark.parametrize(
    ("opinions", "expected"),
    [
        ((), "first"),
        (((100, False),), "first"),
        (((100, True), (200, None)), "second"),
        (((100, False), (200, True)), "third"),
        (((100, True), (200, False)), "second"),
    ],
)
def test_of_a_rejudged_round_the_requests_in_force_count(
    opinions: tuple[tuple[int, bool | None], ...], expected: str
) -> None:
    state = played()
    seconds = tuple(SecondOpinion("So.", at, applied, (), ()) for at, applied in opinions if applied is not None)
    preview = next((Rejudging("So.", at, 1) for at, applied in opinions if applied is None), None)
    round_ = replace(state.rounds[0], second_opinions=seconds, rejudging=preview)
    state = replace(state, rounds=(round_, *state.rounds[1:]))
    kinds = {"first": (False, 10, 1), "second": (True, 150, 2), "third": (True, 250, 3)}
    exchanges = [
        exchange("1.1", tuple(MARKS), dict.fromkeys(MARKS, Fraction(mark)), rejudging=again, at_ms=at)
        for again, at, mark in kinds.values()
    ]
    judged = found(state, exchanges)
    last = [mark for mark in judged.marks if mark.round == "1.1" and mark.position == 5]
    assert [mark.mark for mark in last] == [kinds[expected][2]]


def test_a_reply_that_cannot_be_read_again_leaves_the_final_marks() -> None:
    judged = found(played(), [replace(one, reply='{"choices": []}') for one in asked("1.1")])
    assert len(judged.marks) == 25
    assert "judge in round 1.1" in judged.without_orders


def test_the_judges_own_mark_counts_where_checks_by_code_changed_it() -> None:
    state = played()
    round_ = state.rounds[0]
    changed = tuple(replace(verdict, judged=Fraction(4)) for verdict in round_.verdicts)
    state = replace(state, rounds=(replace(round_, verdicts=changed), *state.rounds[1:]))
    alone = [replace(one, order=(one.order[0],)) for one in asked("1.1")]
    judged = found(state, alone)
    assert {mark.mark for mark in judged.marks if mark.round == "1.1"} == {Fraction(4)}
    assert "judge in round 1.1" not in judged.without_orders
