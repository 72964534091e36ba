"""Reading what the sockets say."""

import json

from server.players import frames

CONTENT = (
    '<hx-partial hx-target="#screen" hx-swap="outerMorph"><main id="screen"><form>'
    '<input type="hidden" name="round" value="1.1">'
    '<button name="choice" value="mei-ling">A</button><button value="o&#39;brien" name=choice>B</button>'
    '<input type="range" data-name="mark-flair" value="5.0"></form></main></hx-partial>'
    '<hx-partial hx-target="#bar" hx-swap="outerMorph"><p id="bar">Your <b>vote</b> &amp; more</p></hx-partial>'
)


def message(**changes: object) -> str:
    says = {"seq": 1, "snapshot": True, "now": 5, "phase": "judging", "round": "1.1", "ends_at": 9, "paused": False}
    return json.dumps(says | {"remaining": None, "content": CONTENT} | changes)


def test_a_frame_is_read_with_its_regions() -> None:
    frame = frames.read(message())
    assert frame is not None
    assert (frame.snapshot, frame.phase, frame.round, frame.ends_at) == (True, "judging", "1.1", 9)
    assert [target for target, _ in frame.regions] == ["screen", "bar"]
    assert frame.is_in("judging")


def test_a_paused_show_is_in_no_phase_to_act_in() -> None:
    frame = frames.read(message(paused=True))
    assert frame is not None
    assert not frame.is_in("judging")


def test_a_heartbeat_is_no_frame() -> None:
    assert frames.read('{"now": 5}') is None


def test_choices_are_read_from_inputs_and_buttons_with_their_entities() -> None:
    assert frames.values([CONTENT], "choice") == ("mei-ling", "o'brien")
    assert frames.values(["<p>nothing</p>", CONTENT], "round") == ("1.1",)


def test_a_slider_that_nobody_touched_is_known_by_its_future_name() -> None:
    assert frames.names([CONTENT], "mark-") == ("flair",)


def test_answers_are_read_by_finalist() -> None:
    page = (
        '<section id="entry-a" class="entry" data-entry="a"><p>One.</p></section><section data-entry="b">Two.</section>'
    )
    assert {finalist: frames.words(answer) for finalist, answer in frames.entries([page]).items()} == {
        "a": "One.",
        "b": "Two.",
    }


def test_words_have_no_tags() -> None:
    assert frames.words('<p id="bar">Your <b>vote</b> &amp; more</p>') == "Your vote & more"
