"""The organiser's page of latencies and the metrics: what they say, and that no vote can be read from them."""

from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families as families
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from server.arena.room import EngineNow, LiveText, Room
from server.domain import commands as c
from server.domain.actors import SYSTEM
from server.domain.state import EventState
from server.web.metrics import exposition
from server.web.screens._latencies import latencies_page
from server.web.templating import draw
from tests.stagehand import Stagehand
from tests.web.stage_states import made, room


def finished(hand: Stagehand, finalist: str, ttft: int, stream: int, **more: object) -> None:
    attempt = hand.generate(finalist, None)
    command = c.FinishAttempt(
        attempt, "Some text", 101, ttft, "stop", engine="vllm", queue_ms=12, stream_ms=stream, **more
    )  # type: ignore[arg-type]
    hand.do(command, SYSTEM)


def played(long: bool = False) -> EventState:
    hand = Stagehand(made(long=long)).start()
    ids = hand.state.event.finalist_ids
    for lane, finalist in enumerate(ids):
        finished(hand, finalist, 80 + 40 * lane, 2_000 + 100 * lane)
        finished(hand, finalist, 150, 2_500)
    finished(hand, ids[1], 4_300, 5_000, retries=1, lost_ms=4_000)
    failed = hand.generate(ids[2], None)
    words = "no text for 4 s: the engine at this address answers nothing; restart it or use the spare engine"
    hand.do(c.FinishAttempt(failed, "", 0, None, "failed", words, 1, "local (smaller base)"), SYSTEM)
    return hand.state


def page(state: EventState, key: str = "") -> HTMLParser:
    return HTMLParser(draw("organise/latencies.html", {"p": latencies_page(state, key)}))


def text(tree: HTMLParser, selector: str) -> str:
    return " ".join(" ".join(node.text(separator=" ") for node in tree.css(selector)).split())


def test_the_page_sums_up_and_shows_every_lane_and_attempt() -> None:
    tree = page(played())
    summary = text(tree, ".latencies-head .lead")
    assert "Half of the first tokens came within" in summary
    assert "99 in 100 within 4.3 s" in summary
    assert "4.0 s that were not given back" in summary
    lanes = tree.css("section:first-of-type tbody tr")
    assert len(lanes) == 5
    assert "3 attempts · 1 tried again" in lanes[1].text()
    assert len(lanes[1].css("circle")) == 3
    attempts = text(tree, ".latencies-attempts")
    assert "failed" in attempts
    assert "local (smaller base)" in attempts
    assert f"{1:064x}"[:8] in attempts, "each attempt names the weights it was made with"


def test_before_the_first_attempt_it_says_what_will_be_here() -> None:
    tree = page(Stagehand(made()).state)
    assert "No attempt has ended yet" in text(tree, ".lead")
    assert not tree.css("table")


def test_one_round_can_be_looked_at_alone() -> None:
    tree = page(played(), "1.1")
    assert "Round 1" in text(tree, "h1")
    assert text(tree, "[aria-current]") == "Round 1"


@pytest.fixture
def scraped() -> Callable[[Room], dict[tuple[str, ...], float]]:
    def scrape(of: Room) -> dict[tuple[str, ...], float]:
        found = families(exposition(of).decode())
        return {(s.name, *sorted(s.labels.values())): s.value for family in found for s in family.samples}

    return scrape


def test_metrics_tell_attempts_times_engines_and_the_hall(
    scraped: Callable[[Room], dict[tuple[str, ...], float]],
) -> None:
    engines = (EngineNow("vllm", True, "it died"), EngineNow("local"))
    found = scraped(room(played(), engines=engines, live={"x": LiveText()}))
    assert found["finale_attempts_total", "finalist-1", "stop", "vllm"] == 3
    assert found["finale_attempts_total", "failed", "finalist-2", "local (smaller base)"] == 1
    assert found["finale_lost_seconds_total", "finalist-1"] == 4.0
    assert found["finale_first_token_seconds_count", "finalist-1"] == 3
    assert found["finale_first_token_seconds_bucket", "0.2", "finalist-1"] == 2
    assert found["finale_first_token_seconds_bucket", "+Inf", "finalist-1"] == 3
    assert (found["finale_engine_in_service", "vllm"], found["finale_engine_in_service", "local"]) == (0, 1)
    assert found["finale_streams",] == 1
    assert found["finale_connected", "phone"] == 318
    assert found["finale_ballots",] == 212


def test_no_metric_tells_whom_anybody_votes_for() -> None:
    names = {family.name for family in families(exposition(room(played())).decode())}
    assert {name for name in names if "ballot" in name or "vote" in name} == {"finale_ballots"}
    (ballots,) = (f for f in families(exposition(room(played())).decode()) if f.name == "finale_ballots")
    assert [sample.labels for sample in ballots.samples] == [{}]
