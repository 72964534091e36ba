"""The show in real browsers: five screens, one round, a champion; and a connection that is lost on the way."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hall import Hall, next_step, phase, write_and_generate
from tests.live.acting import Director
from tests.live.server import LiveServer

pytestmark = pytest.mark.browser


def mark_everything(score: Page) -> None:
    """Give every criterion of every entry a mark, by keyboard, and send."""
    for slider in score.locator("input[type=range]").all():
        slider.evaluate("(e) => { e.value = 8; e.dispatchEvent(new Event('input', {bubbles: true}));"
                        " e.dispatchEvent(new Event('change', {bubbles: true})); }")  # fmt: skip
    score.get_by_role("button", name="Send scorecard").click()


def test_a_round_is_played_from_the_empty_room_to_the_champion(hall: Hall, server: LiveServer) -> None:
    director = Director(server)
    organiser, stage = hall.organiser(), hall.stage()
    play, phone = hall.finalist("mei-ling"), hall.phone()
    score = hall.expert("expert-1")

    next_step(organiser, "Open round 1")
    for page in (stage, play, score, phone):
        expect(page.get_by_text("Question one?").first).to_be_visible(timeout=10_000)
    next_step(organiser, "Start")
    phase(play, "prompting")
    write_and_generate(play, "Answer like a hawker.")
    expect(stage.locator("#lane-0-text")).to_contain_text("room for one more", timeout=10_000)
    expect(play.get_by_text("room for one more").first).to_be_visible()

    director.act("end-prompting", reason="all are ready")
    phase(phone, "judging")
    phone.get_by_role("button", name="Vote for A").click()
    expect(phone.get_by_text("Your vote").first).to_be_visible(timeout=10_000)
    phone.reload()
    hall.connected(phone)
    expect(phone.get_by_text("Your vote").first).to_be_visible()
    mark_everything(score)
    director.until(lambda: "expert-1" in director.round.experts_in)

    expect(organiser.locator(".now-step button")).to_contain_text("Close judging")
    organiser.locator(".now-step button").click()
    phase(organiser, "sealed")
    next_step(organiser, "Approve")
    for step in ("Reveal audience", "Reveal experts", "Reveal LLM judge", "Reveal totals", "Show standings"):
        next_step(organiser, step)
    phase(stage, "revealed")
    next_step(organiser, "Name the champion")
    expect(stage.get_by_text("Mei Ling").first).to_be_visible(timeout=10_000)
    answer = phone.goto(f"{server.url}/results")
    assert answer is not None
    assert answer.status == 200
    expect(phone.get_by_text("Mei Ling").first).to_be_visible()


def test_a_lost_connection_is_said_in_words_and_the_screen_is_right_again_afterwards(
    hall: Hall, server: LiveServer
) -> None:
    director = Director(server)
    director.act("open-round")
    play = hall.finalist("arjun")
    play.context.set_offline(True)
    expect(play.locator("#connection")).not_to_be_empty(timeout=10_000)
    director.act("start-clock")
    play.context.set_offline(False)
    phase(play, "prompting")
    hall.connected(play)
    play.get_by_label("System prompt").fill("Still here.")
    director.until(lambda: server.house.arena.desks.drafts.get("arjun"))
    assert server.house.arena.desks.drafts["arjun"].system_prompt == "Still here."


def test_a_draft_typed_on_one_laptop_is_there_on_another(hall: Hall, server: LiveServer) -> None:
    director = Director(server)
    director.act("open-round")
    director.act("start-clock")
    hall.finalist("farah").get_by_label("System prompt").fill("Half a thought")
    director.until(lambda: "farah" in server.house.arena.desks.drafts)
    expect(hall.finalist("farah").get_by_label("System prompt")).to_have_value("Half a thought")


def test_two_organisers_see_the_same(hall: Hall, server: LiveServer) -> None:
    one, two = hall.organiser(), hall.organiser()
    next_step(one, "Open round 1")
    expect(two.locator(".now-step button")).to_contain_text("Start", timeout=10_000)
