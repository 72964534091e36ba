"""The page of engines: which serves, why one rests, and the log as text, never as markup."""

from selectolax.lexbor import LexborHTMLParser as HTMLParser

from server.arena.room import EngineNow, Room
from server.web.screens._engines import MOST_LINES, engines_page
from server.web.templating import draw
from tests.stagehand import Stagehand
from tests.web.stage_states import room


def page(*engines: EngineNow, logs: tuple[tuple[str, ...], ...]) -> HTMLParser:
    seen: Room = room(Stagehand().state, engines=engines)
    return HTMLParser(draw("organise/engines.html", {"p": engines_page(seen, logs)}))


def test_the_first_engine_in_service_serves_and_a_resting_one_says_why() -> None:
    tree = page(EngineNow("vllm", True, "it died"), EngineNow("local"), EngineNow("far"), logs=((), (), ()))
    words = [" ".join(card.text(separator=" ").split()) for card in tree.css(".engines-card")]
    assert "rests: it died" in words[0]
    assert "serves now" in words[1]
    assert "stands by" in words[2]


def test_a_log_is_shown_as_text_and_only_its_last_lines() -> None:
    lines = tuple(f"line {n}" for n in range(MOST_LINES + 50))
    tree = page(EngineNow("vllm"), logs=((*lines, "<script>alert(1)</script>"),))
    shown = tree.css_first("pre")
    assert shown is not None
    assert shown.text().splitlines()[-1] == "<script>alert(1)</script>"
    assert len(shown.text().splitlines()) == MOST_LINES
    assert not shown.css("script")


def test_an_engine_without_a_log_says_where_to_look() -> None:
    assert "look where it runs" in page(EngineNow("openai"), logs=((),)).css_first(".engines-card").text()  # type: ignore[union-attr]
