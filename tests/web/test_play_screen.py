"""The finalist's screen: what it says and offers in every phase."""

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from server.arena.room import LiveText, Room
from server.domain import commands as c
from server.domain.actors import Actor, Role
from server.domain.errors import NotFound
from server.web.keys import FinalistKey
from server.web.regions import changes, render
from server.web.screens._play_desk import restored
from server.web.screens.play import build
from server.web.templating import draw
from tests.stagehand import Stagehand
from tests.web.scenes_people import finalist_scenes, page

ME = FinalistKey("farah")


def look(hand: Stagehand, **room: object) -> HTMLParser:
    return HTMLParser(render(build(Room(hand.state, **room), ME, hand.now), draw))  # type: ignore[arg-type]


def one(html: HTMLParser, selector: str) -> Node:
    found = html.css_first(selector)
    assert found is not None, selector
    return found


def words(html: HTMLParser, selector: str) -> str:
    return " ".join(one(html, selector).text(separator=" ").split())


@pytest.mark.parametrize("name", finalist_scenes())
def test_every_state_draws_a_page_without_inline_code_and_with_unique_ids(name: str) -> None:
    html = HTMLParser(page(finalist_scenes()[name]))
    ids = [node.attributes["id"] for node in html.css("[id]")]
    assert len(ids) == len(set(ids))
    assert not html.css("[style], script:not([src]), style, [onclick], [hx-on]")
    for field in html.css("textarea, input[type=range]"):
        key = field.attributes.get("id")
        label = html.css_first(f'label[for="{key}"]') if key else field.parent
        assert label is not None
        assert label.tag == "label"


def test_the_desk_has_the_agreed_labels_and_fields() -> None:
    html = look(Stagehand().start())
    assert words(html, "label[for=system-prompt]") == "System prompt"
    assert [words(html, f"label[for=slider-{n}]") for n in ("temperature", "top_p", "max_tokens")] == [
        "Temperature", "Top-p", "Max tokens"]  # fmt: skip
    form = one(html, "form[hx-post='/play/generate']")
    names = {node.attributes["name"] for node in form.css("[name]")}
    assert {"attempt_id", "round", "system_prompt", "temperature", "top_p", "max_tokens"} <= names
    assert "Generate" in words(html, "[data-generate]")
    assert "disabled" in one(html, "[hx-post='/play/stop']").attributes


def test_the_draft_fills_the_editor_and_never_causes_a_frame() -> None:
    hand = Stagehand().start()
    before = build(Room(hand.state), ME, hand.now)
    after = build(Room(hand.state, drafts={"farah": c.Draft("Be warm.", 1.2)}), ME, hand.now)
    html = HTMLParser(render(after, draw))
    assert one(html, "#system-prompt").text().strip() == "Be warm."
    assert one(html, "#slider-temperature").attributes["value"] == "1.2"
    assert list(changes(before, after)) == []
    assert "hx-morph-skip" in one(html, "#editor-1-1").attributes


def test_only_the_answer_changes_while_it_streams() -> None:
    hand = Stagehand().start()
    attempt = hand.generate("farah", None)
    frames = [build(Room(hand.state, live={attempt: LiveText(text, 9, 20.0)}), ME, hand.now) for text in ("A", "A b")]
    assert [region.id for region in changes(*frames)] == ["play-answer"]
    other = build(Room(hand.state, live={attempt: LiveText("A b", 9, 20.0)}), FinalistKey("priya"), hand.now)
    assert "A b" not in render(other, draw)


def test_it_says_what_counts_and_what_the_bell_would_send() -> None:
    hand = Stagehand().start()
    assert "nothing is sent" in words(look(hand), ".if-empty")
    assert "generated once by itself" in words(look(hand), ".if-written")
    first = hand.generate("farah", "One two three.")
    hand.generate("farah", "Four.")
    assert "attempt 2 is sent (1 word)" in words(look(hand), "#play-statement")
    hand.do(c.Pin(first), Actor(Role.FINALIST, "farah"))
    html = look(hand)
    assert "Attempt 1 counts, because you chose it." in words(html, "#play-statement")
    assert "attempt 1 is sent (3 words)" in words(html, "#play-statement")
    assert "5 seconds more" in words(html, "#play-statement")
    assert one(html, "#play-statement input[name=attempt_id]").attributes["value"] == ""
    assert "This counts" in words(html, f"[id='attempt-{first}']")


def test_a_failed_attempt_says_why_and_what_to_do() -> None:
    hand = Stagehand().start()
    hand.finish(hand.generate("farah", None), "", "failed", "the model gave no text for 4 seconds")
    html = look(hand)
    assert "the model gave no text for 4 seconds" in words(html, "#play-answer")
    assert "Generate again." in words(html, "#play-answer")
    assert not html.css(".attempt form")


def test_a_pause_and_the_bell_lock_the_desk_in_words() -> None:
    hand = Stagehand().start()
    assert "inert" not in one(look(hand), "#play-desk").attributes
    hand.do(c.Pause("The fire alarm."))
    html = look(hand)
    assert "inert" in one(html, "#play-desk").attributes
    assert "Paused" in words(html, "#play-desk")
    assert one(html, "[data-clock]").attributes["data-remaining"] == "60000"
    hand.do(c.Resume())
    hand.generate("farah", None)
    html = look(hand.ring())
    assert "inert" in one(html, "#play-desk").attributes
    assert "disabled" in one(html, "[data-generate]").attributes
    assert "Attempt 1 is sent" in words(html, "#play-statement")


def test_extra_time_moves_only_ones_own_clock() -> None:
    hand = Stagehand().start()
    hand.do(c.Extend(15, "farah", "The mouse broke."))
    mine = look(hand)
    theirs = HTMLParser(render(build(Room(hand.state), FinalistKey("priya"), hand.now), draw))
    ends = [int(one(html, "[data-clock]").attributes["data-ends-at"] or 0) for html in (mine, theirs)]
    assert ends[0] - ends[1] == 15_000
    assert "+15 s for you" in words(mine, "#play-top")


def test_after_the_bell_it_is_in_and_after_the_reveal_the_own_marks_show() -> None:
    html = look(Stagehand().judge("One two three."))
    assert words(html, "#result-title") == "In. 3 words, attempt 1"
    assert not html.css(".play-marks")
    html = look(Stagehand().reveal())
    assert words(html, ".play-marks").startswith("LLM judge 7.00 Experts 7.50 Audience")
    assert "Place 3 of 5 in this round" in words(html, "#play-result")


def test_a_new_round_has_a_new_empty_editor_and_the_last_prompt_is_one_click_away() -> None:
    hand = Stagehand().reveal().brief()
    html = look(hand, shelves={"farah": ("Mine.",)})
    assert one(html, "#editor-2-1 textarea").text().strip() == ""
    assert "Prompt of round 1" in words(html, "#play-shelf [data-restore]")
    assert one(html, "#shelf textarea").text().strip() == "Mine."


def test_only_ones_own_prompts_are_restored() -> None:
    hand = Stagehand().prompt_all()
    assert restored(Room(hand.state), "farah", "1.1-farah-1").system_prompt == "Be brief."
    with pytest.raises(NotFound, match="not one of yours"):
        restored(Room(hand.state), "farah", "1.1-priya-1")


def test_model_text_is_never_markup() -> None:
    hand = Stagehand().start()
    hand.generate("farah", "<img src=x onerror=alert(1)> **bold** [a](javascript:b)")
    html = look(hand)
    assert not html.css("#screen img, #screen a")
    assert one(html, "#answer-text strong").text() == "bold"
