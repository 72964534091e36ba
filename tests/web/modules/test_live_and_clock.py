"""live.js, connection.js and clock.js: the socket's health, the server's time, the bell."""

from playwright.sync_api import Browser, Page, expect

from tests.web.modules.conftest import Room, now, part


def test_a_frame_swaps_its_content_and_dates_the_body(page: Page, room: Room) -> None:
    room.send(seq=7, phase="prompting", round="3.1", content=part("#region", "<b>second</b>"))
    expect(page.locator("#region b")).to_have_text("second")
    for key, value in {"seq": "7", "phase": "prompting", "round": "3.1", "paused": "no"}.items():
        expect(page.locator("body")).to_have_attribute(f"data-{key}", value)


def test_a_heartbeat_changes_nothing(page: Page, room: Room) -> None:
    room.send(seq=8, phase="judging", content=part("#region", "kept"))
    room.send()
    room.send(seq=9)
    expect(page.locator("body")).to_have_attribute("data-seq", "9")
    expect(page.locator("body")).to_have_attribute("data-phase", "judging")
    expect(page.locator("#region")).to_have_text("kept")


def test_a_dropped_socket_comes_back_by_itself(page: Page, room: Room) -> None:
    before = room.opened
    room.drop()
    expect(page.locator("body")).to_have_attribute("data-connected", "no")
    expect(page.locator("body")).to_have_attribute("data-connected", "yes")
    assert room.opened == before + 1
    expect(page.locator("#connection")).to_be_hidden()


def test_a_lost_network_is_said_in_words_and_so_is_its_return(page: Page, room: Room) -> None:
    banner = page.locator("#connection")
    page.context.set_offline(True)
    expect(banner).to_have_attribute("role", "alert")
    expect(banner).to_contain_text("No network")
    expect(banner).to_be_in_viewport()
    page.context.set_offline(False)
    expect(banner).to_contain_text("Connected again")


def test_a_link_taken_back_is_said_and_not_tried_again(page: Page, room: Room) -> None:
    before = room.opened
    room.drop(4401)
    expect(page.locator("#connection")).to_contain_text("fresh one")
    page.wait_for_timeout(1200)
    assert room.opened == before


def test_the_clock_counts_by_the_servers_time(page: Page, room: Room) -> None:
    skew = 3_600_000
    room.send(seq=1, phase="prompting", now=now() + skew, ends_at=now() + skew + 42_300, total=60_000, content="")
    digits = page.locator("#clock [data-clock-digits]")
    expect(digits).to_have_text("0:43")
    expect(digits).to_have_text("0:42")
    expect(page.locator("#clock")).not_to_have_class("is-last")


def test_the_last_ten_seconds_wear_the_accent_and_the_bell_is_spoken(page: Page, room: Room) -> None:
    room.send(seq=1, phase="prompting", ends_at=now() + 6100, content="")
    expect(page.locator("body")).to_have_class("screen-trial night is-last")
    voice = page.locator("[data-clock-say]")
    expect(voice).to_have_text("5 seconds left")
    expect(voice).to_have_text("Time is up.", timeout=8000)
    expect(page.locator("#clock [data-clock-digits]")).to_have_text("0:00")


def test_a_held_clock_stands_still_and_says_so(page: Page, room: Room) -> None:
    room.send(seq=1, phase="prompting", paused=True, ends_at=None, remaining=25_000, content="")
    expect(page.locator("#clock [data-clock-digits]")).to_have_text("0:25")
    expect(page.locator(".clock-held")).to_be_visible()
    room.send(seq=2, phase="prompting", paused=False, ends_at=now() + 25_000, remaining=None, content="")
    expect(page.locator(".clock-held")).to_be_hidden()


def test_a_socket_gone_silent_is_opened_anew(browser: Browser, address: str, room: Room) -> None:
    page = browser.new_page(base_url=address)
    page.clock.install()
    page.goto("/trial")
    expect(page.locator("body")).to_have_attribute("data-connected", "yes")
    before = room.opened
    page.clock.fast_forward(20_000)
    room.send(seq=2, phase="judging")
    expect(page.locator("body")).to_have_attribute("data-seq", "2")
    page.clock.fast_forward(20_000)
    assert room.opened == before
    page.clock.fast_forward(6_000)
    page.clock.run_for(1_000)
    expect(page.locator("body")).to_have_attribute("data-connected", "yes")
    assert room.opened == before + 1
    page.close()
