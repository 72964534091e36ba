"""The stage: one scene at a time, leaf by leaf, and nothing that the hall may not see yet."""

from dataclasses import replace
from fractions import Fraction

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from server.arena.room import LiveText, Presence, Room
from server.domain import commands as c
from server.domain.actors import SYSTEM
from server.domain.marks import Tally, Verdict
from server.domain.rules import Component
from server.web.keys import StageKey
from server.web.regions import changes, render
from server.web.screens.stage import build
from server.web.templating import draw
from tests.stagehand import Stagehand
from tests.web import gallery_stage as gallery
from tests.web import stage_states as states
from tests.web.stage_states import STATES

KEY = StageKey()


def html(room: Room) -> HTMLParser:
    return HTMLParser(str(render(build(room, KEY, 0), draw)))


def one(tree: HTMLParser, selector: str) -> Node:
    found = tree.css(selector)
    assert len(found) == 1, f"{len(found)} × {selector}"
    return found[0]


def words(room: Room, selector: str = "#screen") -> str:
    return " ".join(one(html(room), selector).text(separator=" ").split())


def moved(before: Room, after: Room) -> list[str]:
    return [region.id for region in changes(build(before, KEY, 0), build(after, KEY, 0))]


@pytest.mark.parametrize("name", STATES)
def test_every_state_is_drawn_whole_without_controls(name: str) -> None:
    room = STATES[name]()
    tree = html(room)
    root = build(room, KEY, 0)
    regions = [root, *root.children, *(leaf for child in root.children for leaf in child.children)]
    assert root.id == "screen"
    assert [len(tree.css(f"#{region.id}")) for region in regions] == [1] * len(regions)
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(set(ids)) == len(ids)
    assert not tree.css("button, input, select, textarea, a, form, [tabindex]")


@pytest.mark.parametrize("name", STATES)
def test_the_page_has_no_inline_style_or_script(name: str) -> None:
    tree = HTMLParser(gallery.page("stage", name))
    assert not tree.css("[style], style")
    assert all(script.attributes.get("src") for script in tree.css("script"))
    assert not [a for node in tree.css("*") for a in node.attributes if a.startswith(("on", "hx-on"))]


def test_the_same_room_gives_the_same_tree_at_any_time() -> None:
    assert build(STATES["prompting"](), KEY, 0) == build(STATES["prompting"](), KEY, 99_999)


def test_streaming_text_changes_its_leaf_alone() -> None:
    hand = Stagehand(states.made()).start()
    attempt = hand.generate("finalist-1", None)
    before = states.room(hand.state, live={attempt: LiveText("One", 1)})
    assert moved(before, replace(before, live={attempt: LiveText("One two", 2)})) == ["lane-1-text"]


def test_a_phone_changes_the_phones_alone_and_a_vote_the_turnout_alone() -> None:
    room = STATES["judging"]()
    assert moved(room, replace(room, presence=replace(room.presence, phones=319))) == ["stage-phones"]
    assert moved(room, replace(room, votes=213)) == ["stage-turnout"]


def test_who_connects_is_no_business_of_the_hall() -> None:
    room = STATES["prompting"]()
    assert moved(room, replace(room, presence=Presence(phones=room.presence.phones))) == []


def test_names_are_hidden_while_the_round_is_judged_blind() -> None:
    for room in (STATES["judging-blind-closed"](), states.briefed(blind=True)):
        assert not any(f.name in words(room) for f in room.state.event.finalists)
    hand = states.sealed(Stagehand(states.made(blind=True)))
    hand.do(c.Approve())
    hand.do(c.RevealComponent())
    assert "Mei Ling" in words(states.room(hand.state))


def sealed_with(mark: str, favourite: str, upto: str) -> Room:
    """The same show but for one judge's marks and one favourite, as far as `upto`."""
    hand = Stagehand(states.made()).judge()
    verdicts = tuple(Verdict("judge", f, Fraction(mark) - i, "Why.") for i, f in enumerate(hand.round.entries))
    hand.do(c.RecordVerdicts(hand.round.key, "judge", verdicts), SYSTEM)
    if upto != "judging":
        hand.do(c.CloseJudging())
        hand.do(c.Seal(hand.round.key, Tally(40, 0, {favourite: 40}), ()), SYSTEM)
    if upto == "audience":
        hand.do(c.Approve())
        hand.do(c.RevealComponent(Component.AUDIENCE))
    return states.room(hand.state)


@pytest.mark.parametrize("upto", ["judging", "sealed", "audience"])
def test_the_stage_cannot_tell_marks_apart_that_are_not_revealed(upto: str) -> None:
    favourite = "finalist-0"
    assert build(sealed_with("9", favourite, upto), KEY, 0) == build(sealed_with("5", favourite, upto), KEY, 0)


@pytest.mark.parametrize("upto", ["judging", "sealed"])
def test_the_stage_cannot_tell_votes_apart_before_the_reveal(upto: str) -> None:
    assert build(sealed_with("9", "finalist-0", upto), KEY, 0) == build(sealed_with("9", "finalist-3", upto), KEY, 0)


def test_a_revealed_component_stands_in_every_lane_and_the_others_stay_sealed() -> None:
    tree = html(STATES["reveal-one"]())
    assert [node.text(strip=True) for node in tree.css(".reveal-lane .bar:not(.is-sealed) .bar-label")] == [
        "Audience"
    ] * 5
    assert len(tree.css(".reveal-lane .is-sealed")) == 10
    assert not tree.css(".reveal-score")


def test_an_absent_component_is_named_with_its_reason() -> None:
    tree = html(STATES["reveal-absent"]())
    assert {node.text(strip=True) for node in tree.css(".bar.is-absent .bar-number")} == {"absent"}
    assert "for everyone: below the quorum (12 votes, 30 needed)" in words(STATES["reveal-absent"](), "#stage-absent")
    assert words(STATES["reveal-absent"](), ".stage-news") == "Audience: absent this round"


def test_totals_of_the_frozen_last_round_stay_sealed() -> None:
    hand = states.played(Stagehand(states.made(freeze_before_last=True)), 3)
    room = states.room(hand.state)
    assert not html(room).css(".reveal-score")
    assert "until the champion is named" in words(room, "#stage-absent")
    hand.do(c.ShowStandings())
    assert "Frozen" in words(states.room(hand.state), ".stage-frozen")
    assert "after round 2" in words(states.room(hand.state), "h1")


def test_a_tie_names_the_rule_that_decided() -> None:
    tree = html(STATES["standings-tied-frozen"]())
    assert [node.text(strip=True) for node in tree.css(".standing-rank")][:2] == ["1", "1"]
    assert {node.text(strip=True) for node in tree.css(".standing-why")} == {
        "tie decided by lot, from the published seed"
    }


def test_standings_start_from_the_old_places_and_glide() -> None:
    rows = html(STATES["standings"]()).css(".standing")
    glides = [name for row in rows for name in row.attributes["class"].split() if name.startswith(("rose-", "fell-"))]
    ups = sum(int(name[5:]) for name in glides if name.startswith("rose-"))
    assert glides
    assert ups == sum(int(name[5:]) for name in glides if name.startswith("fell-"))


def test_a_failed_attempt_keeps_the_last_good_frame() -> None:
    room = STATES["prompting"]()
    assert "kopitiam" in words(room, "#lane-2-text")
    assert words(room, "#lane-2 .lane-state") == "keeps attempt 1"
    assert words(room, "#lane-0 .lane-state") == "attempt 2 …"
    assert "kopitiam" in words(room, "#lane-0-text.is-kept")


def test_a_stalled_stream_has_a_calm_word() -> None:
    assert words(STATES["prompting"](), "#lane-3 .lane-state") == "one moment …"


def test_a_finalist_without_an_entry_is_said_to_have_none() -> None:
    room = STATES["judging"]()
    assert words(room, "#lane-4 .lane-state") == "no entry this round"
    assert words(room, "#lane-4-text") == "No answer reached the bell."


def test_more_time_for_one_shows_on_their_lane_alone() -> None:
    tree = html(STATES["prompting-extended"]())
    own = one(tree, ".lane-card [data-clock]")
    main = one(tree, "#clock")
    assert int(own.attributes["data-ends-at"] or 0) - int(main.attributes["data-ends-at"] or 0) == 30_000
    assert own.attributes["id"] == "lane-1-clock"


def test_a_pause_holds_the_clock_and_says_so() -> None:
    tree = html(STATES["paused"]())
    assert one(tree, "#clock").attributes["data-remaining"] == "37000"
    assert "Paused" in words(STATES["paused"](), "#stage-pause")
    assert "hidden" in one(html(STATES["prompting"]()), "#stage-pause").attributes


def test_the_way_in_carries_the_code_and_no_address_no_code() -> None:
    assert "finale.example.org/vote" in words(STATES["prompting"](), "#stage-foot")
    assert "4821" in words(STATES["prompting"](), "#stage-foot")
    assert not html(replace(STATES["prompting"](), public_url="")).css("#stage-foot svg")


def test_text_of_a_model_is_never_markup() -> None:
    room = states.mixed(text='<img src=x onerror="alert(1)"> [link](javascript:alert(1)) **bold**')
    lane = one(html(room), "#lane-1-text")
    assert not lane.css("img, a, script")


def test_the_champion_comes_with_confetti_once() -> None:
    tree = html(STATES["champion"]())
    assert one(tree, "[data-confetti]").attributes["id"] == "screen"
    assert len(tree.css("#others .standing")) == 4


def test_half_a_character_at_the_end_of_a_stream_freezes_nothing() -> None:
    hand = Stagehand(states.made()).start()
    attempt = hand.generate("finalist-0", None)
    assert words(states.room(hand.state, live={attempt: LiveText("so \ud83d")}), "#lane-0-text") == "so ?"
