"""The expert's screen: order, names, fields, what is open and what is shown."""

from fractions import Fraction

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from server.arena.room import Room
from server.domain import commands as c
from server.domain.marks import Scorecard
from server.domain.orders import expert_order
from server.domain.rules import Component
from server.web.keys import ExpertKey
from server.web.regions import changes, render
from server.web.screens.score import build
from server.web.templating import draw
from tests.stagehand import NAMES, Stagehand
from tests.web.scenes_people import expert_scenes, page

ME = ExpertKey("expert-2")


def look(hand: Stagehand, **room: object) -> HTMLParser:
    return HTMLParser(render(build(Room(hand.state, **room), ME, hand.now), draw))  # type: ignore[arg-type]


def card(finalist: str) -> Scorecard:
    return Scorecard("expert-2", finalist, {"accuracy": Fraction(17, 2)}, "Warm.")


@pytest.mark.parametrize("name", expert_scenes())
def test_every_state_draws_a_page_without_inline_code_and_with_unique_ids(name: str) -> None:
    html = HTMLParser(page(expert_scenes()[name]))
    ids = [node.attributes["id"] for node in html.css("[id]")]
    assert len(ids) == len(set(ids))
    assert not html.css("[style], script:not([src]), style")


def test_nothing_of_the_answers_is_there_before_the_judging() -> None:
    hand = Stagehand().prompt_all("Secret of {}.")
    html = look(hand)
    assert "Secret" not in (html.text() or "")
    assert "The finalists are writing" in html.text()


def test_entries_stand_in_the_experts_own_order_without_names() -> None:
    hand = Stagehand().judge("An answer.")
    html = look(hand)
    order = [node.attributes["data-entry"] for node in html.css("[data-entry]")]
    assert tuple(order) == expert_order("seed", "1.1", "expert-2", hand.round.ballot_order)
    assert not any(name in html.text() for name in NAMES)


def test_criteria_are_half_point_sliders_that_are_unset_until_touched() -> None:
    html = look(Stagehand().judge(), cards={("expert-2", "farah"): card("farah")})
    ranges = html.css("[data-entry=farah] input[type=range]")
    assert [r.attributes["data-name"] for r in ranges] == ["mark-accuracy", "mark-completeness", "mark-flair"]
    assert {(r.attributes["min"], r.attributes["max"], r.attributes["step"]) for r in ranges} == {("0", "10", "0.5")}
    assert [r.attributes.get("name") for r in ranges] == ["mark-accuracy", None, None]
    assert ranges[0].attributes["value"] == "8.5"
    note = html.css_first("[data-entry=farah] textarea[name=note]")
    assert note is not None
    assert note.text().strip() == "Warm."


def test_saved_marks_are_for_loading_and_never_cause_a_frame() -> None:
    hand = Stagehand().judge()
    before = build(Room(hand.state), ME, hand.now)
    after = build(Room(hand.state, cards={("expert-2", "farah"): card("farah")}), ME, hand.now)
    assert list(changes(before, after)) == []
    sent = build(Room(hand.state, sent=frozenset({"expert-2"})), ME, hand.now)
    assert [region.id for region in changes(before, sent)] == ["score-bar"]


def test_the_close_shuts_the_cards_and_says_what_became_of_the_scorecard() -> None:
    hand = Stagehand().judge()
    hand.do(c.CloseJudging())
    html = look(hand, sent=frozenset({"expert-2"}))
    assert html.css_first("#score-cards[data-closed]") is not None
    assert "Your scorecard counts" in html.text()
    assert "was not sent" in look(hand).text()


def test_only_shown_components_are_there_during_the_reveal() -> None:
    hand = Stagehand().seal()
    hand.do(c.Approve())
    hand.do(c.RevealComponent(Component.AUDIENCE))
    html = look(hand)
    heads = [node.text() for node in html.css("thead th")]
    assert heads == ["Finalist", "You", "Audience", "Score"]
    assert html.css(".score-table-score")[0].text() == "· · ·"
    assert NAMES[0] in html.text()
