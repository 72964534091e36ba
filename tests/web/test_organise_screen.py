"""The organiser's desk: the right next step, everything answered by looking, leaf by leaf."""

import json
from dataclasses import fields, replace

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from server.arena.room import Check, EngineNow, Room
from server.domain import commands as c
from server.domain.actors import SYSTEM, Role
from server.domain.errors import Refused
from server.domain.scoreboard import round_scores
from server.domain.state import EventState
from server.web.acts import ACTS, command_from
from server.web.keys import OrganiserKey
from server.web.links import Link
from server.web.regions import changes, render
from server.web.run_of_show import Step as BookStep
from server.web.run_of_show import next_step as by_the_book
from server.web.screens import organise
from server.web.screens._outcome import in_points
from server.web.templating import draw
from tests.stagehand import Stagehand
from tests.web import gallery_stage as gallery
from tests.web import stage_states as states
from tests.web.stage_states import DESK_STATES, STATES

KEY = OrganiserKey()
ALL = {**STATES, **DESK_STATES}
NEXT = {
    "welcome": "Open round 1",
    "briefing": "Start clock",
    "judging": "Close judging",
    "sealed": "Approve",
    "reveal-one": "Reveal experts",
    "reveal-total": "Show standings",
    "standings": "Open round 3",
    "paused": "Resume",
    "reveal-bonus": "Show standings",
}
WAITING = {"prompting": "The bell rings by itself", "settling": "Last words", "champion": "The show is over"}


def html(room: Room) -> HTMLParser:
    return HTMLParser(str(render(organise.build(room, KEY, 0), draw)))


def text(node: Node) -> str:
    return " ".join(node.text(separator=" ").split())


def words(room: Room, selector: str) -> str:
    (found,) = html(room).css(selector)
    return text(found)


def moved(before: Room, after: Room) -> list[str]:
    return [region.id for region in changes(organise.build(before, KEY, 0), organise.build(after, KEY, 0))]


@pytest.mark.parametrize("name", ALL)
def test_every_state_is_drawn_whole(name: str) -> None:
    tree = html(ALL[name]())
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(set(ids)) == len(ids)
    opened = {node.attributes["data-opens"] for node in tree.css("[data-opens]")}
    assert opened <= {node.attributes["id"] for node in tree.css("dialog")}
    assert all(node.css("[data-error]") for node in tree.css("form[hx-post]"))


@pytest.mark.parametrize("name", ALL)
def test_every_form_posts_a_known_act_with_its_fields(name: str) -> None:
    for form in html(ALL[name]()).css("form[hx-post^='/organise/act/']"):
        kind = ACTS[str(form.attributes["hx-post"]).removeprefix("/organise/act/")]
        names = {node.attributes["name"] for node in form.css("[name]")}
        assert names <= {field.name for field in fields(kind)}


@pytest.mark.parametrize("name", ALL)
def test_the_page_has_no_inline_style_or_script(name: str) -> None:
    tree = HTMLParser(gallery.page("organise", name))
    assert not tree.css("[style], style")
    assert all(script.attributes.get("src") for script in tree.css("script"))
    assert not [a for node in tree.css("*") for a in node.attributes if a.startswith(("on", "hx-on"))]


@pytest.mark.parametrize(("name", "label"), NEXT.items())
def test_the_one_large_button_is_the_next_step(name: str, label: str) -> None:
    (button,) = html(ALL[name]()).css(".now-step .next-step")
    assert text(button.css("[data-label]")[0]) == label


@pytest.mark.parametrize(("name", "label"), WAITING.items())
def test_where_nothing_is_to_be_pressed_nothing_can_be(name: str, label: str) -> None:
    tree = html(ALL[name]())
    assert not tree.css(".next-step, [data-shortcut='Space']")
    assert text(tree.css(".now-step .is-waiting")[0]) == label


def test_the_last_step_names_the_champion() -> None:
    hand = states.played(Stagehand(states.made()), 3)
    hand.do(c.ShowStandings())
    assert words(states.room(hand.state), ".next-step [data-label]") == "Name the champion"


def test_space_does_not_cut_a_vote_short() -> None:
    assert not html(STATES["judging"]()).css("[data-shortcut='Space']")
    assert len(html(STATES["judging-blind-closed"]()).css("[data-shortcut='Space']")) == 1


@pytest.mark.parametrize("name", ALL)
def test_no_key_presses_two_buttons(name: str) -> None:
    keys = [node.attributes["data-shortcut"] for node in html(ALL[name]()).css("[data-shortcut]")]
    assert len(set(keys)) == len(keys)


def test_dangerous_acts_ask_for_a_reason() -> None:
    tree = html(STATES["prompting"]())
    for name in ("end-prompting", "void", "replay", "rejudge", "correct"):
        (form,) = tree.css(f"dialog form[hx-post='/organise/act/{name}']")
        assert "required" in form.css("textarea[name=reason]")[0].attributes


def test_problems_stand_first_each_with_its_remedy() -> None:
    tree = html(STATES["welcome"]())
    states_ = [next(x for x in n.attributes["class"].split() if x.startswith("is-")) for n in tree.css(".readiness")]
    order = ["is-bad", "is-warn", "is-unknown", "is-good"]
    assert states_ == sorted(states_, key=order.index)
    assert all(node.css(".readiness-remedy") for node in tree.css(".readiness.is-bad, .readiness.is-warn"))
    assert "E Priya" in words(STATES["welcome"](), "#ready-finalists")


def test_what_moves_fast_changes_its_leaf_alone() -> None:
    room = STATES["judging"]()
    assert moved(room, replace(room, votes=213)) == ["org-votes"]
    assert moved(room, replace(room, presence=replace(room.presence, phones=319))) == ["org-phones"]
    live = STATES["prompting"]()
    attempt = next(key for key, stream in live.live.items() if stream.text)
    longer = replace(live, live={**live.live, attempt: replace(live.live[attempt], tokens=120)})
    assert moved(live, longer) == ["org-lane-1"]


def test_dialogs_stand_still_while_the_round_goes_on() -> None:
    hand = Stagehand(states.made()).start()
    before = states.room(hand.state)
    hand.generate("finalist-0")
    hand.do(c.Pause("a reason"))
    assert "org-dialogs" not in moved(before, states.room(hand.state))


def test_the_totals_are_here_as_soon_as_the_round_is_sealed() -> None:
    room = STATES["sealed"]()
    scores = round_scores(room.state, room.state.rounds[-1]).scores
    shown = [text(node).split()[0] for node in html(room).css(".desk-scores .score-table-score")]
    assert shown == [in_points(scores[f].score) for f in room.state.event.finalist_ids]
    assert not html(STATES["judging"]()).css(".desk-scores table")


def test_a_second_opinion_shows_before_and_after() -> None:
    room = DESK_STATES["rejudged"]()
    before = round_scores(room.state, room.state.rounds[-1]).scores["finalist-0"]
    row = text(html(room).css(".desk-preview tbody tr")[0])
    hand = Stagehand(room.state.event)
    hand.state = room.state
    hand.do(c.ApplyRejudging())
    after = round_scores(hand.state, hand.round).scores["finalist-0"]
    for mark in (before.llm, before.score, after.llm, after.score):
        assert in_points(mark) in row


def test_a_correction_stands_beside_the_mark_with_its_reason() -> None:
    assert "LLM judge 5.95 → 7.50: the judge took a quotation" in words(DESK_STATES["corrected"](), ".desk-scores")
    button = html(DESK_STATES["corrected"]()).css("[data-opens='correct-dialog']")[1]
    assert json.loads(str(button.attributes["data-fill"])) == {"component": "llm", "finalist": "finalist-1"}


def test_a_demo_judge_is_called_one() -> None:
    assert "demo judge" in words(STATES["judging"](), ".judge .tag")


def test_an_abstention_is_shown_with_its_reason() -> None:
    hand = Stagehand(states.made()).judge()
    hand.wait(90).do(c.CloseJudging())
    assert "abstained" in words(states.room(hand.state), ".judge")


def test_a_flagged_entry_is_warned_of() -> None:
    hand = Stagehand(states.made()).start()
    answer = "The kampong spirit lives on in every lift that is held open for a stranger with groceries"
    hand.generate("finalist-0", answer, prompt=f"Say exactly: {answer}")
    assert "stands in the system prompt" in words(states.room(hand.ring().state), "#org-lane-0 .lane-row-warning")


WEIGHTS = {"llm": "0", "experts": "0", "audience": "1", "method": "favourite"}


def scored() -> EventState:
    return states.played(Stagehand(states.made()), 2).state


def test_what_if_shows_places_under_other_weights() -> None:
    tree = HTMLParser(organise.what_if(scored(), WEIGHTS))
    assert text(tree.css("tbody .sign-name")[0]) == "Mei Ling"
    assert "instead" in text(tree.css("p")[0])


def test_what_if_of_the_rules_themselves_changes_nothing() -> None:
    same = {"llm": "40", "experts": "40", "audience": "20", "method": "favourite"}
    assert text(HTMLParser(organise.what_if(scored(), same)).css("p")[0]) == "Nobody would change places."


@pytest.mark.parametrize(
    "wrong", [{"llm": "-1"}, {"llm": "nan"}, {"llm": "1/0"}, {"method": "cheering"}, {"audience": "0"}]
)
def test_what_if_refuses_what_is_no_weight(wrong: dict[str, str]) -> None:
    with pytest.raises(Refused):
        organise.what_if(scored(), {**WEIGHTS, **wrong})


def test_links_can_be_copied_and_scanned() -> None:
    everyone = [Link(Role.EXPERT, "x", "Dr <b>Lim</b>", "https://finale.example.org/enter/abc")]
    tree = HTMLParser(draw("organise/links.html", {"links": everyone}))
    (field,) = tree.css("input")
    assert field.attributes["value"] == everyone[0].url
    assert tree.css("button")[0].attributes["data-copies"] == field.attributes["id"]
    assert tree.css("svg")
    assert not tree.css("label b")
    fresh = HTMLParser(draw("organise/fresh_link.html", {"link": everyone[0]}))
    assert fresh.css("input")[0].attributes["value"] == everyone[0].url


def test_acts_are_told_with_names_and_plain_numbers() -> None:
    newest = text(html(DESK_STATES["corrected"]()).css(".act-list li")[0])
    assert "LLM judge of Arjun: 5.950 → 7.500 the judge took a quotation for the answer" in newest


def faulty(owed: bool = True) -> Stagehand:
    """Prompting; a fault took 3.4 s from the second finalist."""
    hand = Stagehand(states.made()).start()
    attempt = hand.generate(hand.state.event.finalist_ids[1], None)
    lost = 3_400 if owed else 0
    hand.do(c.FinishAttempt(attempt, "Late", 1, 4_000, "stop", retries=1, engine="spare", lost_ms=lost), SYSTEM)
    return hand


def test_time_that_a_fault_took_is_given_back_with_one_press() -> None:
    hand = faulty()
    (button,) = [b for b in html(states.room(hand.state)).css("#org-now button") if "back" in b.text()]
    assert "Give Arjun 4 s back" in button.text()
    form = button.parent
    while form is not None and form.tag != "form":
        form = form.parent
    assert form is not None
    fields = {i.attributes["name"]: i.attributes["value"] for i in form.css("input")}
    hand.do(command_from("extend", fields))
    assert hand.round.extra_ms == {"finalist-1": 4_000}
    assert "back" not in words(states.room(hand.state), "#org-now")
    assert "back" not in words(states.room(faulty(owed=False).state), "#org-now")


def test_the_board_says_which_engine_serves_instead_and_why() -> None:
    engines = (EngineNow("vllm", True, "no text for 4 s"), EngineNow("local (smaller base)"))
    seen = words(states.room(faulty().state, engines=engines), "#org-ready")
    assert "local (smaller base) serves instead" in seen
    assert "vllm rests: no text for 4 s" in seen
    calm = words(states.room(faulty().state, engines=(EngineNow("vllm"), EngineNow("local"))), "#org-ready")
    assert "serves instead" not in calm


def test_an_outage_stands_first_and_the_large_button_says_to_wait_until_it_is_over() -> None:
    hand = faulty()
    hand.do(c.NoteOutage("No engine answers. vllm: it died"), SYSTEM)
    engines = (EngineNow("vllm", True, "it died"),)
    out = states.room(hand.state, engines=engines)
    assert html(out).css_first("#org-ready .readiness-board li").text().strip().startswith("No engine answers")
    assert "vllm: it died" in words(out, "#org-now .now-words")
    assert "wait until one does" in words(out, "#org-now .now-step")
    hand.do(c.NoteRecovery("vllm"), SYSTEM)
    back = states.room(hand.state, engines=(EngineNow("vllm"),))
    assert "An engine answers again" in words(back, "#org-now .now-words")
    assert "Resume" in words(back, "#org-now .now-step")
    assert by_the_book(hand.state) == BookStep("resume")


def test_probes_are_recorded_anew_only_where_an_answer_differs() -> None:
    differs = Check(
        "adapter-0", "Adapter A", "amber", "its answer is not the one recorded", "Restart.", may_record=True
    )
    board = html(states.room(faulty().state, checks=(differs,))).css_first("#org-ready")
    assert board is not None
    (field,) = board.css("input[name=anew]")
    assert field.attributes["value"] == "true"
    assert not html(states.room(faulty().state)).css("#org-ready input[name=anew]")
