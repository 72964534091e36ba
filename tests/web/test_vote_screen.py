"""The audience's screen: the way to a vote, its weight in bytes, its languages, what stays hidden."""

import gzip
import re
from dataclasses import fields
from string import Formatter

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from server.arena.room import Room
from server.domain import commands as c
from server.domain.actors import SYSTEM
from server.domain.orders import shared_order
from server.web.keys import PhoneKey
from server.web.regions import changes, render
from server.web.screens.vote import STARS_LANE, build, receipt
from server.web.templating import STATIC, draw
from server.web.words import LANGUAGES, Words, preferred, words_in
from tests.stagehand import NAMES, Stagehand
from tests.web.scenes_people import page, phone_scenes

FIRST_VISIT_BYTES = 60_000


def look(hand: Stagehand, key: PhoneKey | None = None) -> HTMLParser:
    return HTMLParser(render(build(Room(hand.state), key or PhoneKey(), hand.now), draw))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", phone_scenes())
def test_every_state_draws_in_every_language(name: str, lang: str) -> None:
    html = HTMLParser(page(phone_scenes(lang)[name]))
    ids = [node.attributes["id"] for node in html.css("[id]")]
    assert len(ids) == len(set(ids))
    assert not html.css("[style], script:not([src]), style")
    assert html.css_first("html") is not None
    assert html.css_first("html").attributes["lang"] == lang  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["vote", "stars", "result"])
def test_the_first_visit_costs_less_than_60_kb(name: str) -> None:
    html = page(phone_scenes("ta")[name])
    files = re.findall(r'(?:src|href)="/static/([^"?]+)', html)
    assert "vendor/htmx.min.js" in files
    assert not any("font" in file for file in files)
    size = sum(len(gzip.compress((STATIC / file).read_bytes(), 6)) for file in files)
    assert size + len(gzip.compress(html.encode(), 6)) < FIRST_VISIT_BYTES


def test_cards_stand_in_the_phones_order_without_names() -> None:
    hand = Stagehand().judge("An answer.")
    for order in range(10):
        html = look(hand, PhoneKey(order))
        choices = tuple(node.attributes["value"] for node in html.css("button[name=choice]"))
        assert choices == shared_order("seed", "1.1", order, hand.round.ballot_order)
        assert not any(name in html.text() for name in NAMES)


def test_one_tap_votes_and_the_receipt_names_the_lane() -> None:
    html = look(Stagehand().judge(), PhoneKey(2, "arjun"))
    form = html.css_first("form[hx-post='/vote/ballot']")
    assert form is not None
    assert form.css_first("input[name=round]").attributes["value"] == "1.1"  # type: ignore[union-attr]
    bar = html.css_first("#vote-receipt [data-lane='1']")
    assert bar is not None
    assert "you can change it until 0:00" in bar.text()
    assert html.css_first("#vote-receipt").html.count("vote-receipt lane-1") == 1  # type: ignore[union-attr]


def test_the_answer_to_a_ballot_is_what_the_bar_shows() -> None:
    fragment = receipt(draw, 1, "en")
    shown = look(Stagehand().judge(), PhoneKey(2, "arjun")).css_first("#vote-receipt .vote-receipt")
    alone = HTMLParser(fragment).css_first(".vote-receipt")
    assert shown is not None
    assert alone is not None
    assert shown.html == alone.html
    assert receipt(draw, 1, "en") is fragment
    assert "stars" in receipt(draw, STARS_LANE, "en")


def test_a_vote_changes_only_the_bar() -> None:
    hand = Stagehand().judge()
    before, after = (build(Room(hand.state), PhoneKey(2, choice), hand.now) for choice in ("", "arjun"))
    assert [region.id for region in changes(before, after)] == ["vote-bar"]


def test_stars_are_one_required_choice_for_each_answer() -> None:
    html = HTMLParser(page(phone_scenes()["stars"]))
    names = {node.attributes["name"] for node in html.css("input[type=radio][required]")}
    assert len(names) == 5
    assert all(name and name.startswith("stars-") for name in names)
    assert html.css_first("input[name=stars-farah][value='4'][checked]") is not None


def test_after_the_bell_it_is_counted_and_after_the_reveal_the_choice_has_a_place() -> None:
    hand = Stagehand().judge().wait(45)
    hand.do(c.Tick(), SYSTEM)
    assert "Counted. Look up!" in look(hand, PhoneKey(0, "arjun")).text()
    assert "Counted" not in look(hand, PhoneKey(0, "")).text()
    hand = Stagehand().seal()
    assert not look(hand, PhoneKey(0, "arjun")).css(".vote-place")
    html = look(Stagehand().reveal(), PhoneKey(0, "arjun"))
    assert "Your choice took place 2 of 5." in html.text()
    assert html.css_first(".vote-place.is-mine .vote-rank").text() == "2"  # type: ignore[union-attr]


def test_nothing_of_the_answers_leaves_before_the_vote() -> None:
    hand = Stagehand().prompt_all("Secret of {}.")
    assert "Secret" not in look(hand).text()


def test_every_language_has_every_word_with_the_same_blanks() -> None:
    for lang, table in LANGUAGES.items():
        assert table.lang == lang
        for field in fields(Words):
            theirs, ours = getattr(table, field.name), getattr(LANGUAGES["en"], field.name)
            assert theirs.strip(), (lang, field.name)
            assert _blanks(theirs) == _blanks(ours), (lang, field.name)
            assert lang == "en" or field.name in ("lang", "title", "bonus") or theirs != ours, (lang, field.name)


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr-FR, fr;q=0.9, ms-SG;q=0.5, en;q=0.4", "ms"),
        ("en;q=0.5, ta-IN;q=0.9", "ta"),
        ("de, ta;q=0", "en"),
        ("en;q=banana,,;;q=1," + "x" * 5000, "en"),
    ],
)
def test_the_browsers_wish_chooses_the_language(header: str, lang: str) -> None:
    assert preferred(header) == lang
    assert words_in(preferred(header)).lang == lang
