"""The rules of the show, one sentence each: who may do what in which phase, and what follows."""

import pytest

from server.domain import commands as c
from server.domain import events as e
from server.domain.actors import ORGANISER, SYSTEM, Actor, Role
from server.domain.commands import Draft
from server.domain.decide import decide
from server.domain.errors import NotAllowed, Refused, TooLate
from server.domain.evolve import fold, initial
from server.domain.rules import Component, LeakPolicy, Rules
from server.domain.state import Phase
from tests.stagehand import Stagehand, event

MEI = Actor(Role.FINALIST, "mei-ling")

OUT_OF_PHASE = {
    "upcoming": (c.StartClock(), c.Pause(), c.Extend(15), c.CloseJudging(), c.Approve(), c.RevealTotal(), c.Finish()),
    "briefing": (c.OpenRound(), c.Extend(15), c.CloseJudging(), c.Approve(), c.RevealTotal(), c.ShowStandings()),
    "prompting": (c.OpenRound(), c.CloseJudging(), c.ExtendVoting(15), c.Approve(), c.RevealTotal(), c.Finish()),
    "judging": (c.OpenRound(), c.StartClock(), c.Extend(15), c.Approve(), c.RevealTotal(), c.ShowStandings()),
    "sealed": (c.OpenRound(), c.StartClock(), c.Pause(), c.CloseJudging(), c.RevealComponent(), c.RevealTotal()),
    "revealed": (c.StartClock(), c.Pause(), c.CloseJudging(), c.Approve(), c.Finish(), c.Rejudge("why")),
}


def at(phase: str) -> Stagehand:
    hand = Stagehand()
    match phase:
        case "briefing":
            hand.brief()
        case "prompting":
            hand.start()
        case "judging":
            hand.judge()
        case "sealed":
            hand.seal()
        case "revealed":
            hand.reveal()
    return hand


@pytest.mark.parametrize(("phase", "command"), [(p, command) for p, all_ in OUT_OF_PHASE.items() for command in all_])
def test_an_act_out_of_its_phase_is_too_late_and_changes_nothing(phase: str, command: c.Command) -> None:
    hand = at(phase)
    before = hand.state
    with pytest.raises(TooLate):
        hand.do(command)
    assert hand.state == before


ORGANISERS_ACTS = (c.OpenRound(), c.StartClock(), c.Void("x"), c.Correct("farah", Component.LLM, "1", "x"), c.Finish())


@pytest.mark.parametrize("role", [Role.FINALIST, Role.EXPERT, Role.AUDIENCE, Role.STAGE, Role.SYSTEM])
@pytest.mark.parametrize("command", ORGANISERS_ACTS)
def test_only_the_organiser_runs_the_show(role: Role, command: c.Command) -> None:
    with pytest.raises(NotAllowed, match="Only the organiser"):
        decide(Stagehand().state, command, Actor(role, "x"), 0)


def test_an_outcome_of_the_engine_comes_from_the_system_alone() -> None:
    with pytest.raises(NotAllowed):
        Stagehand().start().do(c.FinishAttempt("x", "text", 1, 1, "stop"), MEI)


REPEATED = (
    ("prompting", c.StartClock()),
    ("judging", c.HideHold()),
    ("prompting", c.Resume()),
    ("revealed", c.RevealTotal()),
    ("sealed", c.DiscardRejudging()),
)


@pytest.mark.parametrize(("phase", "command"), REPEATED)
def test_a_repeated_act_is_ignored(phase: str, command: c.Command) -> None:
    assert at(phase).do(command) == ()


def test_a_pause_moves_every_clock_by_its_whole_length() -> None:
    hand = Stagehand().start()
    left = (hand.round.last_bell or 0) - hand.now
    hand.do(c.Pause("The microphone is dead."))
    hand.wait(90).do(c.Resume())
    assert (hand.round.last_bell or 0) - hand.now == left


def test_nothing_is_generated_and_no_bell_rings_while_the_round_is_paused() -> None:
    hand = Stagehand().start()
    hand.do(c.Pause())
    hand.wait(1000)
    assert hand.do(c.Tick(), SYSTEM) == ()
    with pytest.raises(TooLate, match="paused"):
        hand.generate("mei-ling")


def test_time_for_one_finalist_needs_a_reason_and_moves_only_their_bell() -> None:
    hand = Stagehand().start()
    with pytest.raises(Refused, match="reason"):
        hand.do(c.Extend(20, "mei-ling"))
    hand.do(c.Extend(20, "mei-ling", "Her laptop froze."))
    bells = {f: hand.round.bell_for(f) for f in hand.state.event.finalist_ids}
    assert bells["mei-ling"] == (bells["arjun"] or 0) + 20_000
    assert hand.round.last_bell == bells["mei-ling"]


def test_after_their_own_bell_a_finalist_is_late_though_another_still_writes() -> None:
    hand = Stagehand().start()
    hand.do(c.Extend(20, "mei-ling", "Her laptop froze."))
    hand.wait(61)
    hand.generate("mei-ling")
    with pytest.raises(TooLate, match="bell"):
        hand.generate("arjun")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", float("nan")),
        ("temperature", float("inf")),
        ("temperature", -0.1),
        ("temperature", 2.1),
        ("top_p", 0.0),
        ("top_p", 1.1),
        ("top_p", float("nan")),
        ("max_tokens", 0),
        ("max_tokens", 100_000),
        ("system_prompt", "x" * 8001),
    ],
)
def test_settings_off_their_scale_are_refused(field: str, value: object) -> None:
    hand = Stagehand().start()
    settings: dict[str, object] = {"system_prompt": "", "temperature": 0.7, "top_p": 0.9, "max_tokens": 100}
    settings[field] = value
    with pytest.raises(Refused):
        hand.do(c.Generate(attempt_id="a", seed=1, **settings), MEI)  # type: ignore[arg-type]


def test_the_pinned_attempt_counts_else_the_last_one_with_text() -> None:
    hand = Stagehand().start()
    first = hand.generate("mei-ling", "First.")
    hand.generate("mei-ling", "Second.")
    hand.generate("arjun", "First.")
    last = hand.generate("arjun", "Second.")
    hand.generate("arjun", "")
    hand.do(c.Pin(first), MEI)
    hand.ring()
    assert hand.round.entries == {"mei-ling": first, "arjun": last}


def test_a_pin_of_somebody_elses_attempt_or_of_an_empty_one_is_refused() -> None:
    hand = Stagehand().start()
    theirs = hand.generate("arjun")
    empty = hand.generate("mei-ling", "")
    for attempt in (theirs, "nothing"):
        with pytest.raises(Refused):
            hand.do(c.Pin(attempt), MEI)
    with pytest.raises(TooLate, match="has no text"):  # no slip of the hand: it had none when it ended
        hand.do(c.Pin(empty), MEI)


def test_at_the_bell_a_draft_is_sent_for_those_who_have_no_text_and_nobody_else() -> None:
    hand = Stagehand().start()
    hand.generate("mei-ling", "I have one.")
    hand.generate("farah", "", prompt="Failed.")
    hand.wait(60)
    drafts = {f: Draft("My draft.") for f in ("mei-ling", "arjun", "farah")} | {"priya": Draft("   ")}
    hand.do(c.Tick(drafts), SYSTEM)
    automatic = {a.finalist for a in hand.round.attempts if a.automatic}
    assert automatic == {"arjun", "farah"}
    assert hand.round.phase is Phase.SETTLING


def test_judging_begins_when_the_last_stream_has_ended() -> None:
    hand = Stagehand().start()
    running = hand.generate("mei-ling", None)
    hand.generate("arjun")
    hand.ring()
    assert hand.round.phase is Phase.SETTLING
    hand.finish(running, "At last.")
    assert hand.round.phase is Phase.JUDGING
    assert hand.round.entries["mei-ling"] == running


def test_a_round_without_any_entry_is_counted_at_once() -> None:
    hand = Stagehand().start().ring()
    assert hand.round.closing


def test_the_organiser_may_ring_the_bell_early_with_a_reason() -> None:
    hand = Stagehand().start()
    hand.generate("mei-ling")
    with pytest.raises(Refused, match="reason"):
        hand.do(c.EndPrompting())
    hand.do(c.EndPrompting("Everybody is ready."))
    assert hand.round.phase is Phase.JUDGING
    assert hand.state.acts[-1].kind == "end early"


@pytest.mark.parametrize("policy", list(LeakPolicy))
def test_a_prompt_that_carries_the_answer_is_allowed_flagged_or_forbidden(policy: LeakPolicy) -> None:
    hand = Stagehand(event(rules=Rules(leak_policy=policy)))
    hand.start()
    answer = "There are exactly three letters r in the word strawberry, as everyone knows"
    clean = hand.generate("mei-ling", "I counted and found three.", prompt="Count the letters.")
    copied = hand.generate("mei-ling", answer, prompt=f"Say: {answer}.")
    hand.ring()
    assert hand.round.entries["mei-ling"] == (clean if policy is LeakPolicy.FORBID else copied)
    assert ("mei-ling" in hand.round.flags) == (policy is not LeakPolicy.ALLOW)


def test_a_correction_keeps_what_was_before_and_its_reason() -> None:
    hand = Stagehand().seal()
    hand.do(c.Correct("farah", Component.LLM, "5.5", "The judge read half the text."))
    correction = hand.round.corrections[0]
    assert (str(correction.before), str(correction.after)) == ("7", "11/2")
    assert hand.state.acts[-1].reason == "The judge read half the text."


@pytest.mark.parametrize("mark", ["11", "-1", "nan", "ten", "", "1e999999999", "1/0", "7,5"])
def test_a_correction_to_something_that_is_no_mark_is_refused(mark: str) -> None:
    with pytest.raises(Refused, match="0 to 10"):
        Stagehand().seal().do(c.Correct("farah", Component.LLM, mark, "because"))


def test_an_absent_component_cannot_be_corrected() -> None:
    hand = Stagehand(event(judges=()))
    hand.judge().do(c.CloseJudging())
    hand.do(c.Seal(hand.round.key, c.Tally(), ()), SYSTEM)
    with pytest.raises(Refused, match="absent"):
        hand.do(c.Correct("farah", Component.LLM, "5", "because"))


def test_scores_are_approved_before_anything_is_revealed() -> None:
    hand = Stagehand().seal()
    with pytest.raises(TooLate, match="Approve"):
        hand.do(c.RevealComponent())
    hand.do(c.Approve())
    hand.do(c.RevealComponent())
    assert hand.round.shown == (Component.AUDIENCE,)


def test_components_are_revealed_in_the_events_order_and_totals_complete_them() -> None:
    hand = Stagehand().seal()
    hand.do(c.Approve())
    hand.do(c.RevealComponent())
    hand.do(c.RevealTotal())
    assert hand.round.shown[0] is Component.AUDIENCE
    assert set(hand.round.shown) == set(Component)
    assert hand.round.phase is Phase.REVEALED


def test_a_replay_voids_the_round_and_opens_the_same_question_again() -> None:
    hand = Stagehand().judge()
    hand.do(c.Replay("The screen went dark."))
    assert [r.key for r in hand.state.rounds] == ["1.1", "1.2"]
    assert hand.state.rounds[0].phase is Phase.VOIDED
    assert hand.round.phase is Phase.BRIEFING


def test_a_voided_round_counts_for_nobody_and_its_question_may_be_left_out() -> None:
    hand = Stagehand().reveal()
    hand.do(c.Void("Wrong question."))
    assert hand.state.scored == ()
    assert hand.state.next_number == 2


def test_the_champion_is_named_when_every_question_is_played() -> None:
    hand = Stagehand().reveal()
    with pytest.raises(TooLate, match="Question 2"):
        hand.do(c.Finish())
    assert Stagehand().play_out().state.finished_at is not None


def test_after_the_champion_nothing_moves_any_more() -> None:
    hand = Stagehand().play_out()
    for command in (c.OpenRound(1), c.Void("x"), c.Replay("x"), c.Correct("farah", Component.LLM, "1", "x")):
        with pytest.raises(TooLate):
            hand.do(command)


def test_an_event_is_locked_when_its_first_round_opens() -> None:
    hand = Stagehand()
    hand.do(c.Configure(event(name="Another name")))
    hand.brief()
    with pytest.raises(TooLate, match="locked"):
        hand.do(c.Configure(event()))


def test_time_lost_while_the_server_was_down_is_given_back() -> None:
    hand = Stagehand().start()
    bell = hand.round.last_bell or 0
    hand.wait(100)
    happened = hand.do(c.MakeUpDowntime(hand.now - 90_000), SYSTEM)
    assert happened == (e.DowntimeMadeUp(hand.now - 90_000, 90_000),)
    assert hand.round.last_bell == bell + 90_000


def test_a_link_renewed_is_in_the_journal_with_its_reason() -> None:
    hand = Stagehand()
    hand.do(c.NoteLink("finalist", "farah", "She dropped her laptop."), ORGANISER)
    assert hand.state.acts[-1].kind == "link"


def test_folding_a_whole_journal_gives_the_same_state() -> None:
    hand = Stagehand().play_out()
    assert fold(initial(event()), hand.journal) == hand.state


def test_an_attempt_of_an_earlier_round_that_comes_again_starts_nothing() -> None:
    hand = Stagehand().start()
    attempt = hand.generate("mei-ling")
    hand.ring().verdicts()
    hand.do(c.Void("a test"))
    hand.start()
    assert hand.do(c.Generate(attempt, "Be brief.", 0.7, 0.9, 200, 7), MEI) == ()
    assert hand.round.attempts == ()
