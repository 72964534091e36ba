"""Who may see what, role by role and phase by phase (promise 4)."""

import pytest

from server.domain import commands as c
from server.domain.actors import Role
from server.domain.rules import Component, Rules
from server.domain.scoreboard import final_standings, public_standings
from server.domain.visibility import Thing, may_see, shown_components
from tests.stagehand import Stagehand, event

PUBLIC = (Role.STAGE, Role.AUDIENCE, Role.EXPERT, Role.FINALIST)
BEFORE_THE_REVEAL = ("brief", "start", "judge", "seal")


@pytest.mark.parametrize("role", PUBLIC)
@pytest.mark.parametrize("step", BEFORE_THE_REVEAL)
@pytest.mark.parametrize("thing", [Thing.TALLY, Thing.MARKS, Thing.TOTAL, Thing.PROMPTS])
def test_nothing_that_was_marked_is_seen_before_the_reveal(role: Role, step: str, thing: Thing) -> None:
    hand: Stagehand = getattr(Stagehand(), step)()
    assert not may_see(role, thing, hand.state, hand.round)
    assert shown_components(role, hand.state, hand.round) == ()


@pytest.mark.parametrize("role", PUBLIC)
def test_components_appear_one_by_one_as_they_are_revealed(role: Role) -> None:
    hand = Stagehand().seal()
    hand.do(c.Approve())
    hand.do(c.RevealComponent(Component.EXPERTS))
    assert shown_components(role, hand.state, hand.round) == (Component.EXPERTS,)
    assert not may_see(role, Thing.TOTAL, hand.state, hand.round)


@pytest.mark.parametrize("role", [Role.STAGE, Role.AUDIENCE, Role.EXPERT])
@pytest.mark.parametrize("step", BEFORE_THE_REVEAL)
def test_names_are_hidden_while_people_judge_blind(role: Role, step: str) -> None:
    hand: Stagehand = getattr(Stagehand(), step)()
    assert not may_see(role, Thing.NAMES, hand.state, hand.round)
    seen: Stagehand = getattr(Stagehand(event(rules=Rules(blind=False))), step)()
    assert may_see(role, Thing.NAMES, seen.state, seen.round)


def test_streams_are_for_the_stage_and_answers_for_everyone_after_the_bell() -> None:
    hand = Stagehand().start()
    assert may_see(Role.STAGE, Thing.STREAMS, hand.state, hand.round)
    for role in (Role.AUDIENCE, Role.EXPERT, Role.FINALIST):
        assert not may_see(role, Thing.STREAMS, hand.state, hand.round)
        assert not may_see(role, Thing.ENTRIES, hand.state, hand.round)
    judged = Stagehand().judge()
    assert may_see(Role.AUDIENCE, Thing.ENTRIES, judged.state, judged.round)


def test_the_organiser_sees_everything() -> None:
    for step in BEFORE_THE_REVEAL:
        hand: Stagehand = getattr(Stagehand(), step)()
        assert all(may_see(Role.ORGANISER, thing, hand.state, hand.round) for thing in Thing)


def test_frozen_standings_stay_as_they_were_before_the_last_round_until_the_champion_is_named() -> None:
    hand = Stagehand(event(rules=Rules(freeze_before_last=True)))
    hand.reveal().reveal()
    before = public_standings(hand.state)
    hand.reveal()
    assert public_standings(hand.state) == before
    assert not may_see(Role.STAGE, Thing.TOTAL, hand.state, hand.round)
    assert final_standings(hand.state) != before
    hand.do(c.Finish())
    assert public_standings(hand.state) == final_standings(hand.state)
    assert may_see(Role.STAGE, Thing.TOTAL, hand.state, hand.round)
