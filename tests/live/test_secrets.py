"""Promise 4: no role receives, on page or socket, what it may not see yet."""

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from server.domain.actors import Role
from tests.live.acting import Director, Screen
from tests.live.server import LiveServer

PUBLIC = {"stage": (Role.STAGE, "stage"), "score": (Role.EXPERT, "expert-2"), "play": (Role.FINALIST, "arjun")}
SECRET_PROMPT, SECRET_NOTE, SECRET_REASON = "Quote my grandmother.", "Splendid, truly.", "The judge's own words."


@pytest.fixture
def judged(server: LiveServer) -> Director:
    """A round in judging: a prompt, a note, a verdict and a ballot are known to the server."""
    server.judge.answer = lambda entries: _judgement(entries)
    director = Director(server)
    director.act("open-round")
    director.act("start-clock")
    for finalist in server.event.finalists:
        client = server.client(Role.FINALIST, finalist.id)
        client.post("/play/generate", data={"system_prompt": SECRET_PROMPT, "attempt_id": "a"})
    director.until(lambda: all(a.finish_reason for a in director.round.attempts))
    director.act("end-prompting", reason="ready")
    director.until(lambda: director.round.verdicts)
    card = {"round": "1.1", "finalist": "farah", "mark-accuracy": "9.5", "note": SECRET_NOTE}
    server.client(Role.EXPERT, "expert-1").post("/score/card", data=card)
    server.phone().post("/vote/ballot", data={"round": "1.1", "choice": "farah"})
    return director


def _judgement(entries):  # type: ignore[no-untyped-def]
    from tests.arena.conftest import FakeJudgement, FakeVerdict

    return FakeJudgement({finalist: FakeVerdict(6.543, SECRET_REASON) for finalist in entries})


def everything_sent(server: LiveServer, screen: str) -> str:
    """A screen's page and its snapshot."""
    client = server.phone() if screen == "vote" else server.client(*PUBLIC[screen])
    sent = client.get(f"/{screen}").text + Screen(server, client, screen).frame()["content"]
    tree = HTMLParser(sent)
    tree.strip_tags(["svg"])  # an icon's path is full of numbers
    assert tree.html is not None
    return tree.html


@pytest.mark.parametrize("screen", ["stage", "score", "play", "vote"])
def test_marks_reasons_and_votes_stay_with_the_organiser_until_the_reveal(judged: Director, screen: str) -> None:
    sent = everything_sent(judged.server, screen)
    assert "room for one more" in sent  # the entries themselves are there
    for secret in (SECRET_REASON, SECRET_NOTE, "6.543", "6.54", "9.5"):
        assert secret not in sent, secret


@pytest.mark.parametrize("screen", ["stage", "score", "vote"])
def test_prompts_and_names_are_hidden_while_people_judge_blind(judged: Director, screen: str) -> None:
    sent = everything_sent(judged.server, screen)
    assert SECRET_PROMPT not in sent
    for finalist in judged.server.event.finalists:
        assert finalist.name not in sent, finalist.name


def test_a_finalist_sees_their_own_prompt_and_nobody_elses(server: LiveServer) -> None:
    director = Director(server)
    director.act("open-round")
    director.act("start-clock")
    for who in ("arjun", "farah"):
        client = server.client(Role.FINALIST, who)
        client.post("/play/draft", data={"system_prompt": f"Draft of {who}."})
        client.post("/play/generate", data={"system_prompt": f"Prompt of {who}.", "attempt_id": "a"})
    director.until(lambda: all(a.finish_reason for a in director.round.attempts))
    sent = everything_sent(server, "play")
    assert "arjun" in sent
    assert "Prompt of farah" not in sent
    assert "Draft of farah" not in sent


def test_the_results_are_closed_until_the_champion_is_named(judged: Director) -> None:
    phone = judged.server.phone()
    for address in ("/results.json", "/results/verdicts.csv", "/results/attempts.csv"):
        assert phone.get(address).status_code == 403
    assert SECRET_REASON not in phone.get("/results").text


def test_hostile_text_is_shown_as_text_on_every_screen(server: LiveServer) -> None:
    from models.scripted import Script

    attack = "<script>alert(1)</script> <img src=x onerror=alert(2)> [tap](javascript:alert(3)) <b onclick=x>hi</b>"
    for finalist in server.event.finalists:
        server.engine.scripts[finalist.adapter] = Script(attack)
    director = Director(server)
    director.judging()
    for screen in ("stage", "score", "vote", "play"):
        tree = HTMLParser(everything_sent(server, screen))
        assert not [s for s in tree.css("script") if not s.attributes.get("src")]
        assert not tree.css("img")
        assert not [a for a in tree.css("a") if (a.attributes.get("href") or "").startswith("javascript")]
        assert not [n for n in tree.css("*") if any(name.startswith("on") for name in n.attributes)]
