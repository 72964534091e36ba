"""What the people's pages do in a real browser: ids of attempts, undo, drafts, marks without a network, one tap."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, WebSocketRoute, expect, sync_playwright

from server.web.regions import changes, partials
from server.web.templating import draw
from tests.web.gallery_people import FLAGS, application
from tests.web.scenes_people import Scene, expert_scenes, finalist_scenes, region

pytestmark = pytest.mark.browser

Posted = list[tuple[str, list[tuple[str, str]]]]
POSTED: Posted = []


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(application(POSTED), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[[str], Page]]:
    POSTED.clear()
    context = browser.new_context(viewport={"width": 1180, "height": 820})
    problems: list[str] = []

    def go(path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{address}/{path}")
        return page

    yield go
    context.close()
    assert problems == []


def posted(page: Page, path: str, count: int = 1) -> list[dict[str, str]]:
    """The forms posted to `path`, once there are `count` of them."""
    for _ in range(200):
        found = [dict(form) for to, form in POSTED if to == path]
        if len(found) >= count:
            return found
        page.wait_for_timeout(25)
    raise AssertionError(f"{count} posts to {path} expected, got {POSTED}")


def test_ctrl_enter_generates_with_a_new_id_for_each_press(visit: Callable[[str], Page]) -> None:
    page = visit("play/empty")
    prompt = page.get_by_label("System prompt")
    prompt.fill("Be warm.")
    prompt.press("Control+Enter")
    posted(page, "/play/generate")
    expect(page.get_by_role("button", name="Generate")).to_be_enabled()
    prompt.press("Control+Enter")
    first, second = posted(page, "/play/generate", 2)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", first["attempt_id"])
    assert first["attempt_id"] != second["attempt_id"]
    assert (first["system_prompt"], first["temperature"], first["top_p"], first["max_tokens"]) == (
        "Be warm.", "0.7", "0.9", "200")  # fmt: skip


def test_a_press_that_got_no_answer_is_repeated_under_its_id(visit: Callable[[str], Page]) -> None:
    page = visit("play/empty")
    page.get_by_label("System prompt").fill("Be warm.")
    ids: list[str] = []

    def lose(route: object, request: object) -> None:
        ids.extend(re.findall(r'name="attempt_id"\s+(\S+)|attempt_id=([^&]+)', request.post_data)[0])  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    page.route("**/play/generate", lose)
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Not sent.")).to_be_visible()
    page.unroute("**/play/generate")
    page.get_by_role("button", name="Generate").click()
    assert posted(page, "/play/generate")[0]["attempt_id"] in ids


def test_the_draft_is_saved_as_typed_and_survives_a_lost_network(visit: Callable[[str], Page]) -> None:
    page = visit("play/empty")
    page.get_by_label("System prompt").fill("First.")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.route("**/play/draft", lambda route: route.abort())
    page.get_by_label("System prompt").fill("Typed in the dark.")
    expect(page.get_by_text("Kept on this laptop, will be saved")).to_be_visible()
    page.unroute("**/play/draft")
    page.reload()
    expect(page.get_by_label("System prompt")).to_have_value("Typed in the dark.")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    assert posted(page, "/play/draft", 2)[-1] == {
        "round": "1.1", "system_prompt": "Typed in the dark.", "temperature": "0.7", "top_p": "0.9", "max_tokens": "200"
    }  # fmt: skip


def test_a_restored_prompt_and_one_from_the_shelf_can_be_undone(visit: Callable[[str], Page]) -> None:
    page = visit("play/last-seconds")
    prompt = page.get_by_label("System prompt")
    prompt.fill("Mine.")
    page.get_by_role("button", name="My prompt 2").click()
    expect(prompt).to_have_value("Answer as a limerick.")
    prompt.press("Control+z")
    expect(prompt).to_have_value("Mine.")
    page.get_by_role("button", name="Restore prompt").first.click()
    expect(prompt).to_have_value(re.compile("retired postman"))
    prompt.press("Control+z")
    expect(prompt).to_have_value("Mine.")


def test_the_shelf_is_kept_as_typed(visit: Callable[[str], Page]) -> None:
    page = visit("play/lobby")
    page.get_by_role("button", name="Add a prompt").click()
    page.get_by_label("Prompt 4").fill("A fourth.")
    forms = posted(page, "/play/shelf")
    assert forms[-1]["prompts"] == "A fourth."
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def mark_all(page: Page) -> None:
    for button in page.get_by_role("button", name=re.compile("More: ")).all():
        button.click()


def test_marks_made_without_a_network_are_kept_and_sent_by_themselves(visit: Callable[[str], Page]) -> None:
    page = visit("score/unmarked")
    expect(page.get_by_text("0 of 5 marked")).to_be_visible()
    page.route("**/score/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    mark_all(page)
    expect(page.get_by_text("5 of 5 marked")).to_be_visible()
    expect(page.get_by_text("kept here, will be sent", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Send scorecard").click()
    expect(page.get_by_text("Your scorecard is kept here and will be sent by itself.")).to_be_visible()
    page.unroute("**/score/*")
    page.reload()
    assert posted(page, "/score/send")[0] == {"round": "1.1"}
    cards = {card["finalist"]: card for card in posted(page, "/score/card", 5)}
    assert len(cards) == 5
    assert cards["farah"]["mark-flair"] == "5"
    paths = [path for path, _ in POSTED]
    assert len({dict(form)["finalist"] for path, form in POSTED[: paths.index("/score/send")]}) == 5


def test_marks_saved_while_the_page_was_already_on_its_way_are_shown_on_it(visit: Callable[[str], Page]) -> None:
    page = visit("score/unmarked")
    mark_all(page)
    posted(page, "/score/card", 5)
    expect(page.get_by_text("saved", exact=True).first).to_be_visible()
    expect(page.get_by_text("saving …", exact=True)).to_have_count(0)
    page.reload()
    expect(page.get_by_text("5 of 5 marked")).to_be_visible()
    page.get_by_role("button", name="Send scorecard").click()
    assert posted(page, "/score/send") == [{"round": "1.1"}]


def test_an_incomplete_scorecard_cannot_be_sent_and_a_sent_one_can_be_changed(visit: Callable[[str], Page]) -> None:
    page = visit("score/half")
    expect(page.get_by_text("3 of 5 marked")).to_be_visible()
    page.get_by_role("button", name="Send scorecard").click(force=True)
    page = visit("score/sent")
    expect(page.get_by_label("Flair").first).to_be_disabled()
    page.get_by_role("button", name="Change").click()
    posted(page, "/score/change")
    assert not [path for path, _ in POSTED if path == "/score/send"]


def test_one_tap_anywhere_on_a_card_votes(visit: Callable[[str], Page]) -> None:
    page = visit("vote/short")
    page.set_viewport_size({"width": 390, "height": 1400})
    page.get_by_text("Answer of Arjun.").click(position={"x": 5, "y": 5}, force=True)
    assert posted(page, "/vote/ballot")[0] == {"round": "1.1", "choice": "arjun"}
    expect(page.locator("#vote-receipt")).to_contain_text("Your vote:")
    card = page.locator(".vote-card.lane-1")
    expect(card).to_contain_text("Your vote")
    expect(card.get_by_role("button")).to_have_accessible_name("✓ Your vote")


def test_stars_are_sent_only_when_every_answer_has_some(visit: Callable[[str], Page]) -> None:
    page = visit("vote/stars")
    page.get_by_role("button", name="Send my stars").click()
    page.wait_for_timeout(100)
    assert POSTED == []
    for group in page.locator(".stars").all():
        group.get_by_label("3 stars").check()
    page.get_by_role("button", name="Send my stars").click()
    form = posted(page, "/vote/ballot")[0]
    assert {name: stars for name, stars in form.items() if name != "round"} == {
        f"stars-{f}": "3" for f in ("mei-ling", "arjun", "farah", "wei-jie", "priya")
    }


AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text()
LOOKED_AT = (
    *("play/lobby", "play/writing", "play/last-seconds", "play/revealed"),
    *("score/half", "score/sent", "score/revealed", "vote/voted", "vote/stars", "vote/ta-result", "join"),
)


@pytest.mark.parametrize("path", LOOKED_AT)
def test_axe_finds_nothing_to_object_to(path: str, visit: Callable[[str], Page]) -> None:
    page = visit(path)
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations)")
    assert [(v["id"], [node["html"][:160] for node in v["nodes"][:3]]) for v in found] == []


def frame(before: Scene, after: Scene) -> str:
    return json.dumps({"seq": 2, "now": after.now, "content": partials(changes(region(before), region(after)), draw)})


def test_a_frame_never_takes_what_is_being_typed_and_a_new_round_brings_an_empty_editor(
    visit: Callable[[str], Page],
) -> None:
    scenes = finalist_scenes()
    sockets: list[WebSocketRoute] = []
    page = visit("play/lobby")
    page.route_web_socket("**/live/play", lambda socket: sockets.append(socket))
    page.goto(page.url.replace("lobby", "empty"))
    prompt = page.get_by_label("System prompt")
    prompt.press_sequentially("Half a thou")
    sockets[-1].send(frame(scenes["empty"], scenes["writing"]))
    expect(page.locator("#play-answer")).to_contain_text("The kampong did not vanish")
    prompt.press_sequentially("ght")
    expect(prompt).to_have_value("Half a thought")
    expect(prompt).to_be_focused()
    sockets[-1].send(frame(scenes["writing"], scenes["in"]))
    expect(page.get_by_role("heading", name="In. 334 words, attempt 1")).to_be_visible()
    expect(page.get_by_label("Prompt 2")).to_have_value("Answer as a limerick.")
    sockets[-1].send(frame(scenes["in"], scenes["next round"]))
    expect(prompt).to_have_value("")
    expect(page.get_by_role("button", name="My prompt 1")).to_be_visible()


def test_what_an_expert_has_moved_stays_when_the_screen_changes_around_it(visit: Callable[[str], Page]) -> None:
    scenes = expert_scenes()
    sockets: list[WebSocketRoute] = []
    page = visit("score/lobby")
    page.route_web_socket("**/live/score", lambda socket: sockets.append(socket))
    page.goto(page.url.replace("lobby", "half"))
    page.locator("#entry-mei-ling").get_by_role("button", name="More: Flair").click()
    sockets[-1].send(frame(scenes["half"], scenes["closed"]))
    expect(page.get_by_text("Your scorecard counts")).to_be_visible()
    flair = page.locator("#mei-ling-flair")
    expect(flair).to_have_attribute("name", "mark-flair")
    expect(flair).to_be_disabled()
