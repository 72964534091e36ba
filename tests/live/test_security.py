"""Doors and limits: links, cookies, origins, sizes, rates, headers. Every refusal says what to do."""

import httpx

from server.domain.actors import Role
from tests.live.acting import Director
from tests.live.server import LiveServer


def test_a_link_becomes_an_http_only_cookie_and_leaves_the_address_bar(server: LiveServer) -> None:
    answer = httpx.get(server.link(Role.FINALIST, "mei-ling"), follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/play"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_link_of_another_event_or_a_broken_one_is_refused_with_what_to_do(server: LiveServer) -> None:
    token = server.house.links.token(Role.FINALIST, "mei-ling")
    for wrong in (token[:-3], "nonsense", token.replace(".", "x.", 1)):
        answer = httpx.get(f"{server.url}/enter/{wrong}")
        assert answer.status_code == 403
        assert "organiser" in answer.text


def test_an_expired_link_is_refused(server: LiveServer) -> None:
    server.house.keys._days = -1
    answer = httpx.get(server.link(Role.EXPERT, "expert-1"))
    assert answer.status_code == 403
    assert "expired" in answer.text


def test_every_page_has_a_strict_policy_and_no_inline_script_or_style(server: LiveServer) -> None:
    from selectolax.lexbor import LexborHTMLParser as HTMLParser

    for role, who in ((Role.STAGE, "stage"), (Role.FINALIST, "mei-ling"), (Role.EXPERT, "expert-1")):
        answer = server.client(role, who).get({"stage": "/stage", "finalist": "/play", "expert": "/score"}[role.value])
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        tree = HTMLParser(answer.text)
        assert not [s for s in tree.css("script") if not s.attributes.get("src")]
        assert not tree.css("style")
        assert not tree.css("[style]")


def test_a_post_from_another_site_is_refused(server: LiveServer) -> None:
    client = server.client(Role.ORGANISER, "organiser")
    for origin in ("https://evil.example", "null"):
        assert client.post("/organise/act/open-round", headers={"origin": origin}).status_code == 403
    assert server.house.arena.state.current is None


def test_a_finalist_may_not_do_what_an_organiser_does(server: LiveServer) -> None:
    client = server.client(Role.FINALIST, "mei-ling")
    assert client.post("/organise/act/open-round").status_code == 403
    assert client.get("/organise").status_code == 403


def test_a_prompt_of_a_megabyte_is_refused_and_the_draft_before_it_is_kept(server: LiveServer) -> None:
    Director(server).act("open-round")
    client = server.client(Role.FINALIST, "mei-ling")
    assert client.post("/play/draft", data={"system_prompt": "Kept."}).status_code == 204
    answer = client.post("/play/draft", data={"system_prompt": "x" * 1_000_000})
    assert answer.status_code == 413
    assert "shorten" in answer.text
    assert server.house.arena.desks.drafts["mei-ling"].system_prompt == "Kept."


def test_a_body_without_a_length_that_grows_past_the_limit_is_refused(server: LiveServer) -> None:
    client = server.client(Role.FINALIST, "mei-ling")
    chunks = (b"x" * 65_536 for _ in range(8))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/play/draft", content=chunks, headers=headers).status_code == 413


def test_a_temperature_of_nan_or_beyond_the_range_is_refused(server: LiveServer) -> None:
    director = Director(server)
    director.act("open-round")
    director.act("start-clock")
    client = server.client(Role.FINALIST, "mei-ling")
    for temperature in ("nan", "inf", "-1", "9", "hot"):
        answer = client.post("/play/generate", data={"system_prompt": "Hm.", "temperature": temperature})
        assert answer.status_code == 422, temperature
    assert director.round.attempts == ()


def test_a_mark_of_eleven_is_refused_and_the_saved_one_is_kept(server: LiveServer) -> None:
    director = Director(server)
    director.judging()
    client = server.client(Role.EXPERT, "expert-1")
    card = {"round": "1.1", "finalist": "farah", "mark-accuracy": "8.5"}
    assert client.post("/score/card", data=card).json() == {"saved": True}
    for wrong in ("11", "-1", "8.3", "ten", "nan"):
        answer = client.post("/score/card", data=card | {"mark-accuracy": wrong})
        assert answer.status_code == 422, wrong
    assert str(server.house.arena.desks.cards["expert-1", "farah"].marks["accuracy"]) == "17/2"


def test_a_vote_after_the_bell_is_told_that_it_is_too_late(server: LiveServer) -> None:
    director = Director(server)
    director.judging()
    phone = server.phone()
    director.act("close-judging")
    director.until(lambda: director.round.phase.value == "sealed")
    answer = phone.post("/vote/ballot", data={"round": "1.1", "choice": "farah"})
    assert answer.status_code == 409
    assert "closed" in answer.text


def test_a_phone_without_the_code_is_asked_for_it_and_a_wrong_one_is_refused(server: LiveServer) -> None:
    client = httpx.Client(base_url=server.url, headers={"origin": server.url})
    assert client.get("/vote").status_code == 200
    assert "finale_audience" not in client.cookies
    assert client.post("/join", data={"code": "0000"}).status_code == 403
    assert client.post("/join", data={"code": " 4821 "}).status_code == 303
    assert "finale_audience" in client.cookies


def test_a_session_that_floods_is_slowed_and_others_are_not(server: LiveServer) -> None:
    from server.web.security import Rates

    now = [0.0]
    rates = Rates(10, 20, now=lambda: now[0])
    assert [rates.allows("a") for _ in range(25)].count(True) == 20
    assert rates.allows("b")
    now[0] += 0.5
    assert [rates.allows("a") for _ in range(10)].count(True) == 5


def test_no_secret_is_written_into_the_log(server: LiveServer, caplog: object) -> None:
    token = server.house.links.token(Role.ORGANISER, "organiser")
    httpx.get(f"{server.url}/enter/{token}")
    assert token not in caplog.text  # type: ignore[attr-defined]
