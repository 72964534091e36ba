"""Who may read the results, and when: by role and phase, page and files alike."""

import json

import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.testclient import TestClient

from server.domain.actors import Role
from server.domain.commands import Finish, Void
from tests.stagehand import Stagehand
from tests.web.results_show import app, cookie, keys, organiser

FILES = ("/results.json", "/results/scores.csv", "/results/verify")
ANYONE = [None, Role.FINALIST, Role.EXPERT, Role.AUDIENCE, Role.STAGE]
SECRET = "A secret answer of {}."


def client(hand: Stagehand, role: Role | None = None) -> TestClient:
    made = TestClient(app(hand))
    made.cookies.update({} if role is None else cookie(role))
    return made


def words(html: str) -> str:
    found = LexborHTMLParser(html).css_first("main")
    assert found is not None
    return found.text(separator=" ")


def before_the_end() -> dict[str, Stagehand]:
    """A show in every phase that is not its end."""
    return {
        "fresh": Stagehand(),
        "briefing": Stagehand().brief(),
        "prompting": Stagehand().prompt_all(SECRET),
        "judging": Stagehand().judge(SECRET),
        "sealed": Stagehand().judge(SECRET).verdicts(),
        "revealed": Stagehand().reveal(),
        "last revealed": last_revealed(),
    }


def last_revealed() -> Stagehand:
    hand = Stagehand()
    while hand.state.next_number is not None:
        hand.reveal()
    return hand


@pytest.mark.parametrize("role", ANYONE, ids=str)
@pytest.mark.parametrize("phase", before_the_end())
def test_before_the_champion_is_named_nobody_but_the_organiser_sees_a_thing(phase: str, role: Role | None) -> None:
    hand = before_the_end()[phase]
    seat = client(hand, role)
    page = seat.get("/results")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "not out yet" in words(page.text)
    event = hand.state.event
    for forbidden in (*(f.name for f in event.finalists), *(q.text for q in event.questions), "secret", "Because."):
        assert forbidden not in page.text, forbidden
    for file in FILES:
        refused = seat.get(file)
        assert refused.status_code == 403
        assert "when the champion is named" in refused.text


@pytest.mark.parametrize("role", [*ANYONE, Role.ORGANISER], ids=str)
def test_once_the_champion_is_named_everyone_sees_the_same(role: Role | None) -> None:
    hand = Stagehand().play_out()
    seat = client(hand, role)
    assert seat.get("/results").text == client(hand).get("/results").text
    assert all(seat.get(file).status_code == 200 for file in FILES)


def test_the_organiser_sees_what_is_revealed_so_far_with_a_note() -> None:
    page = client(Stagehand().reveal().judge(SECRET), Role.ORGANISER).get("/results").text
    assert "The show is still on" in words(page)
    assert "Question one?" in page
    assert "Question two?" not in page
    assert "secret" not in page
    assert "In front so far" in words(page)


def test_the_organiser_before_any_reveal_gets_words_instead_of_an_empty_page() -> None:
    for hand in (Stagehand(), Stagehand().judge(SECRET)):
        page = client(hand, Role.ORGANISER).get("/results")
        assert page.status_code == 200
        assert "No round has been revealed yet" in words(page.text)


def test_an_organisers_token_opens_the_file_early_and_its_name_says_so() -> None:
    token = keys().link_token(Role.ORGANISER, "somebody")
    answer = client(Stagehand().reveal()).get("/results.json", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert "demo-finale-rehearsal-so-far.json" in answer.headers["content-disposition"]


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic abc", ""])
def test_a_wrong_token_opens_nothing(header: str) -> None:
    answer = client(Stagehand().reveal()).get("/results.json", headers={"authorization": header})
    assert answer.status_code == 403


def test_a_cookie_of_another_event_opens_nothing() -> None:
    seat = client(Stagehand().reveal())
    seat.cookies.update({name: value[:-2] + "xx" for name, value in organiser().items()})
    assert "not out yet" in words(seat.get("/results").text)


def test_a_voided_round_shows_its_reason_and_no_answer() -> None:
    hand = Stagehand().judge(SECRET)
    hand.do(Void(reason="the lights went out"))
    while hand.state.next_number is not None:
        hand.reveal()
    hand.do(Finish())
    page = client(hand).get("/results").text
    section = LexborHTMLParser(page).css_first("#round-1-1")
    assert section is not None
    assert "the lights went out" in section.text()
    assert "Question one?" in section.text()
    assert "secret" not in page


def test_the_page_before_its_time_tells_how_far_the_show_has_come() -> None:
    found = LexborHTMLParser(client(Stagehand().reveal().judge()).get("/results").text).css(".rail-step")
    assert [step.attributes["class"].split()[-1] for step in found] == ["is-done", "is-now", "is-next"]  # type: ignore[union-attr]


def test_the_files_come_as_attachments() -> None:
    seat = client(Stagehand().play_out())
    bundle = seat.get("/results.json")
    assert bundle.headers["content-disposition"] == 'attachment; filename="demo-finale-rehearsal.json"'
    assert json.loads(bundle.text)["format"] == "finale-results/1"
    table = seat.get("/results/standings.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == 'attachment; filename="demo-finale-rehearsal-standings.csv"'
    assert table.content.decode("utf-8-sig").startswith("rank,display_rank,finalist,total")


def test_a_table_that_is_not_there_names_those_that_are() -> None:
    answer = client(Stagehand().play_out()).get("/results/nonsense.csv")
    assert answer.status_code == 404
    assert "scorecards" in answer.text


@pytest.mark.parametrize("path", ["/results", "/results.json"])
def test_a_hall_that_asks_at_once_gets_what_was_drawn_and_compressed_once(path: str) -> None:
    seat = client(Stagehand().play_out())
    packed = seat.get(path, headers={"accept-encoding": "gzip"})
    plain = seat.get(path, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["vary"] == "accept-encoding"


def test_the_page_follows_when_the_state_moves_on() -> None:
    hand = Stagehand().reveal()
    made = app(hand)
    seat = TestClient(made)
    seat.cookies.update(organiser())
    assert "Question two?" not in seat.get("/results").text
    made.state.house.arena.state = hand.reveal().state
    assert "Question two?" in seat.get("/results").text
