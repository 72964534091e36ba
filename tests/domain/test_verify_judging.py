"""A results file tells how the show was judged, and every part of that can be recomputed or found in the journal."""

import copy
import json
from fractions import Fraction

import pytest

from server.domain import commands as c
from server.domain.actors import SYSTEM
from server.domain.bundle_judging import request_sha256
from server.domain.event import JudgeCard, JudgeSeat, Question
from server.domain.exact_checks import CheckKind, ExactCheck
from server.domain.marks import Finding, Verdict
from server.domain.rules import Criterion
from server.domain.verify import verify
from server.results import bundle_of
from server.retelling import retold
from server.store.journal import chained, tip_of
from tests.stagehand import START, Stagehand, event

F = Fraction
CARD = JudgeCard(F("0.812"), F("0.77"), F("0.85"), 300, "ef" * 32)
SEATS = (
    JudgeSeat("judge", "Judge", "ab" * 32, weight=F(2), model="m", family="qwen", templates={"system": "Be fair."}),
    JudgeSeat("second", "Second", kin=True, settings={"orders": "3"}, card=CARD),
)
ASKED = Question(
    "How many letters r has strawberry?",
    reference="Three.",
    facts=("It is a fruit.",),
    criteria=(Criterion("accuracy", meaning="It is right."),),
    checks=(
        ExactCheck(CheckKind.COUNT_LETTER, letter="r", text="strawberry"),
        ExactCheck(CheckKind.WORD_COUNT, name="short", at_most=5),
    ),
)


class Store:
    """The journal and the requests, as the store keeps them."""

    def __init__(self, hand: Stagehand, requests: list[tuple[str, str]]) -> None:
        from server.arena.archive import Exchange
        from server.domain.events import EventConfigured

        self._entries: list[object] = []
        for at, happening in [(START, EventConfigured(hand.state.event)), *hand.journal]:
            self._entries += chained(tip_of(self._entries), [(at, happening)])  # type: ignore[arg-type]
        self._requests = [
            Exchange("1.1", "judge", False, sent, said, request_sha256(sent, said), ("farah",), 12.5, "", START)
            for sent, said in requests
        ]

    def entries(self) -> list[object]:
        return self._entries

    def exchanges(self) -> list[object]:
        return list(self._requests)


def played() -> tuple[Stagehand, list[tuple[str, str]]]:
    requests = [("Mark these.", "7"), ("Mark these again.", "half a J\ud800")]
    hand = Stagehand(event(judges=SEATS, questions=(ASKED, Question("Two?"), Question("Three?")))).start()
    for lane, finalist in enumerate(hand.state.event.finalist_ids):
        hand.generate(finalist, "There are 3." if lane % 2 else "I count 2 of them in there.")
    hand.ring()
    for seat in SEATS:
        verdicts = tuple(Verdict(seat.name, f, F("6.125"), "Said.", spread=F("0.5")) for f in hand.round.entries)
        hashes = tuple(request_sha256(*one) for one in requests) if seat.name == "judge" else ()
        hand.do(c.RecordVerdicts(hand.round.key, seat.name, verdicts, requests=hashes), SYSTEM)
    finding = Finding("override", "ignore", "It speaks to the judge.")
    hand.do(c.NoteFindings(hand.round.key, {"arjun": (finding,)}), SYSTEM)
    hand.do(c.CloseJudging())
    hand.do(c.Seal(hand.round.key, c.Tally(), ()), SYSTEM)
    hand.do(c.Rejudge("odd"))
    hand.do(c.DiscardRejudging())
    hand.do(c.Approve())
    hand.do(c.RevealTotal())
    return hand, requests


HAND, REQUESTS = played()
BUNDLE = json.loads(json.dumps(bundle_of(Store(HAND, REQUESTS), HAND.state)))  # type: ignore[arg-type]


def changed(path: str, value: object) -> object:
    other = copy.deepcopy(BUNDLE)
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
    place = other
    for step in steps:
        place = place[step]
    place[last] = value
    return other


def test_the_file_tells_who_judged_how_and_what_was_found() -> None:
    report = verify(BUNDLE, retold)
    assert report.ok, report.first_difference
    assert [check.name for check in report.checks][-3:] == ["exact checks", "judge requests", "journal story"]
    assert BUNDLE["event"]["judges"][0]["templates"] == {"system": "Be fair."}
    assert BUNDLE["event"]["judges"][1]["card"] == {
        "accuracy": "203/250", "low": "77/100", "high": "17/20", "pairs": 300, "sha256": "ef" * 32,
        "prompt_sha256": "",
    }  # fmt: skip
    (round_,) = BUNDLE["rounds"]
    assert round_["facts"] == ["It is a fruit."]
    assert round_["criteria"] == [{"key": "accuracy", "label": "Accuracy", "weight": "1", "meaning": "It is right."}]
    assert round_["checks"][0] == {
        "kind": "count_letter", "name": "", "letter": "r", "text": "strawberry", "which": "last",
    }  # fmt: skip
    assert [found["passed"] for found in round_["counted"]["arjun"]] == [True, True]
    assert round_["findings"]["arjun"][0]["kind"] == "override"
    assert round_["verdicts"][0] | {"reason": ""} == {
        "judge": "judge", "finalist": "mei-ling", "mark": "3.062", "weight": "2", "judged": "6.125",
        "spread": "0.500", "reason": "",
    }  # fmt: skip
    assert round_["second_opinions"][0]["applied"] is False
    assert BUNDLE["judge_requests"][0] | {"sha256": ""} == {
        "round": "1.1", "judge": "judge", "rejudging": False, "order": ["farah"], "request": "Mark these.",
        "reply": "7", "sha256": "", "ms": 12.5, "error": "", "at": "2027-01-15T08:00:00.000Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "to", "words"),
    [
        ("rounds/0/counted/arjun/0/passed", False, "the file's outcomes differ from checking the entry again"),
        ("rounds/0/counted/arjun", [], "the file's outcomes differ"),
        ("rounds/0/counted", {}, "missing"),
        ("rounds/0/attempts/0/text", "There are 3.", "the file's outcomes differ"),
        ("rounds/0/verdicts/0/judged", "7.000", "verdicts[0].mark: file says 3.062, recomputed 3.500"),
        ("rounds/0/verdicts/0/judged", None, "A judge's mark is a number from 0 to 10"),
        ("rounds/0/checks_share", "1/4", "verdicts[0].mark: file says 3.062, recomputed 4.594"),
        ("rounds/0/checks_share", "3/2", "expected a share from 0 to 1"),
        ("rounds/0/checks/0/letter", "s", "outcomes differ"),
        ("rounds/0/checks/0/letter", "", "count_letter needs letter"),
        ("rounds/0/checks/0/kind", "guess", "expected says_number or count_letter"),
        ("judge_requests/0/reply", "10", "sha256: file says"),
        ("judge_requests/0/round", "2.1", None),
    ],
)
def test_whatever_is_changed_is_found(path: str, to: object, words: str | None) -> None:
    report = verify(changed(path, to))
    assert (words or "None") in str(report.first_difference)


def test_a_request_taken_out_or_put_in_is_missed() -> None:
    fewer = copy.deepcopy(BUNDLE)
    fewer["judge_requests"].pop()
    assert "0 of the file are not in the journal, 1 of the journal" in str(verify(fewer).first_difference)
    more = copy.deepcopy(BUNDLE)
    forged = {**more["judge_requests"][0], "reply": "10", "sha256": request_sha256("Mark these.", "10")}
    more["judge_requests"].append(forged)
    assert "1 of the file are not in the journal" in str(verify(more).first_difference)
    assert "2 of the journal are not in the file" in str(verify(changed("judge_requests", [])).first_difference)


@pytest.mark.parametrize("junk", [None, 7, "x", [], {}, [None], {"a": 1}, [[]], "9" * 5000])
@pytest.mark.parametrize(
    "path", ["rounds/0/checks", "rounds/0/checks/0", "rounds/0/counted", "judge_requests", "judge_requests/0"]
)
def test_no_junk_makes_it_raise(path: str, junk: object) -> None:
    report = verify(changed(path, junk))
    assert report.ok == (report.first_difference is None)
