"""What the results page says, read as HTML: numbers equal to the file's, hostile text harmless, nothing left out."""

import re
from fractions import Fraction
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode
from starlette.testclient import TestClient

from server.domain.rules import Component
from server.web.screens._results_words import number
from tests.stagehand import Stagehand
from tests.stagehand import event as make_event
from tests.web.results_show import HOSTILE, app, demo, longest, play

Bundle = dict[str, Any]


@pytest.fixture(scope="module")
def demo_client() -> TestClient:
    return TestClient(app(demo()))


@pytest.fixture(scope="module")
def page(demo_client: TestClient) -> LexborHTMLParser:
    return LexborHTMLParser(demo_client.get("/results").text)


@pytest.fixture(scope="module")
def bundle(demo_client: TestClient) -> Bundle:
    found: Bundle = demo_client.get("/results.json").json()
    return found


def one(place: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    found = place.css_first(selector)
    assert found is not None, selector
    return found


def exact(place: LexborNode, selector: str) -> str | None:
    return one(place, selector).attributes["value"]


def test_the_champion_is_the_first_of_the_standings(page: LexborHTMLParser, bundle: Bundle) -> None:
    first = bundle["standings"][0]
    names = {f["id"]: f["name"] for f in bundle["finalists"]}
    card = one(page, ".results-champion")
    assert one(card, "h1").text() == names[first["finalist"]]
    assert exact(card, "data") == first["total"]
    assert "points ahead of" in card.text()


def test_every_total_of_the_final_table_is_the_files(page: LexborHTMLParser, bundle: Bundle) -> None:
    rows = page.css(".results-final tbody tr")
    assert [exact(row, ".final-total data") for row in rows] == [s["total"] for s in bundle["standings"]]
    assert [int(one(row, ".final-place").text()) for row in rows] == [s["display_rank"] for s in bundle["standings"]]


def test_the_three_parts_of_the_final_table_add_up_to_the_total(page: LexborHTMLParser) -> None:
    for row in page.css(".results-final tbody tr"):
        parts = [Fraction(part.attributes["value"] or "") for part in row.css(".final-part data")]
        assert len(parts) == len(Component)
        assert sum(parts) == Fraction(exact(row, ".final-total data") or "")


def test_every_score_and_component_of_every_round_is_the_files(page: LexborHTMLParser, bundle: Bundle) -> None:
    rounds = [r for r in bundle["rounds"] if r["status"] == "revealed"]
    assert len(rounds) == 7
    for round_ in rounds:
        cards = page.css(f"#round-{round_['key'].replace('.', '-')} .entry")
        assert len(cards) == len(round_["scores"])
        for card, score in zip(cards, round_["scores"], strict=True):
            assert exact(card, ".entry-score data") == score["score"]
            shown = [mark.attributes["value"] for mark in card.css(".mark-line data")]
            assert shown == [score["llm"], score["experts"], score["audience"]]


def test_marks_reasons_and_votes_stand_with_every_answer(page: LexborHTMLParser, bundle: Bundle) -> None:
    round_ = bundle["rounds"][-1]
    for card, verdict in zip(
        page.css(f"#round-{round_['key'].replace('.', '-')} .entry"), round_["verdicts"], strict=True
    ):
        votes = round_["ballots"]["favourites"][verdict["finalist"]]
        assert verdict["reason"] in one(card, ".opinion").text()
        assert "Demo judge" in one(card, ".opinion").text()
        assert f"{votes} of {round_['ballots']['counted']} votes" in card.text()
        cards = [c for c in round_["scorecards"] if c["finalist"] == verdict["finalist"]]
        assert [m.attributes["value"] for m in card.css(".cards data")] == [c["mark"] for c in cards]
        assert [m.text() for m in card.css(".cards td.number")] == [m for c in cards for m in c["marks"].values()]


def test_all_attempts_are_there_and_the_entries_say_that_they_counted(page: LexborHTMLParser, bundle: Bundle) -> None:
    for round_ in (r for r in bundle["rounds"] if r["status"] == "revealed"):
        tries = page.css(f"#round-{round_['key'].replace('.', '-')} .try")
        assert len(tries) == len(round_["attempts"]) == 6
        assert sum("is-entry" in (t.attributes["class"] or "") for t in tries) == 5


def test_a_correction_names_both_marks_and_its_reason(page: LexborHTMLParser, bundle: Bundle) -> None:
    made = next(r for r in bundle["rounds"] if r["corrections"])["corrections"][0]
    fix = one(page, ".fix")
    assert [n.attributes["value"] for n in fix.css("data")] == [made["from"], made["to"]]
    assert made["reason"] in fix.text()
    act = one(page, ".act.is-correct")
    assert "LLM judge of Arjun: 6.710 → 7.500" in act.text()


def test_every_act_of_the_journal_is_listed_with_its_reason(page: LexborHTMLParser, bundle: Bundle) -> None:
    everything = page.css("#acts details .act")
    assert len(everything) == len(bundle["acts"])
    for shown, act in zip(everything, bundle["acts"], strict=True):
        assert act["reason"] in shown.text()
    assert "fresh link for finalist Arjun" in one(page, ".act.is-link").text()


def test_a_rehearsal_is_marked_where_one_looks(page: LexborHTMLParser) -> None:
    assert "This was a rehearsal" in one(page, ".results-head").text()
    assert "Rehearsal" in one(page, ".results-champion").text()
    assert one(page, "title").text().startswith("Rehearsal")


def test_the_hash_to_compare_is_the_journals_last(page: LexborHTMLParser, bundle: Bundle) -> None:
    assert one(page, "#verify .seal-hash").text().strip() == bundle["journal"]["head"]


def test_the_widest_split_leads_to_its_answer(page: LexborHTMLParser) -> None:
    splits = page.css(".split")
    assert len(splits) == 3
    for split in splits:
        target = one(page, one(split, "a").attributes["href"] or "")
        assert one(split, ".sign-name").text() == one(target, ".sign-name").text()
    assert len(page.css(".entry-flag.is-split")) == 7


def test_links_within_the_page_lead_somewhere(page: LexborHTMLParser) -> None:
    inner = [a.attributes["href"] or "" for a in page.css("a[href^='#']")]
    assert len(inner) > 10
    assert all(page.css_first(href) is not None for href in inner)
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))


def test_the_chart_has_a_line_a_marker_per_round_and_a_label_for_everyone(page: LexborHTMLParser) -> None:
    drawings = page.css("svg.chart")
    assert [d.attributes["class"] for d in drawings] == ["chart is-wide", "chart is-narrow"]
    for drawing in drawings:
        assert len(drawing.css(".chart-line")) == 5
        assert len(drawing.css(".chart-point")) == 5 * 7
        assert drawing.attributes["role"] == "img"
        named = (drawing.attributes["aria-labelledby"] or "").split()
        assert all(one(page, f"#{name}").text() for name in named)


@pytest.fixture(scope="module")
def hostile() -> LexborHTMLParser:
    """A show in which every text that people or models may write attacks the page."""
    made = make_event()
    hand = Stagehand(made)
    for index in range(3):
        play(hand, index, lambda index, lane: HOSTILE)
        hand.journal.clear()
    return LexborHTMLParser(TestClient(app(_finished(hand))).get("/results").text)


def _finished(hand: Stagehand) -> Stagehand:
    from server.domain.commands import Finish

    hand.do(Finish())
    return hand


def test_hostile_text_of_a_model_is_text(hostile: LexborHTMLParser) -> None:
    main = one(hostile, "main")
    assert main.css_first("script") is None
    assert main.css_first("img, iframe, object, form") is None
    assert [a for a in main.css("a") if "javascript" in (a.attributes["href"] or "")] == []
    assert "<script>alert(1)</script>" in one(hostile, ".entry-answer").text()


@pytest.mark.parametrize("path", ["/results", "/results/verify"])
def test_the_page_holds_nothing_that_the_policy_forbids(demo_client: TestClient, path: str) -> None:
    answer = demo_client.get(path)
    assert "unsafe" not in answer.headers["content-security-policy"]
    html = answer.text
    assert not re.search(r'\sstyle="|<style|\son[a-z]+="', html)
    assert all(script.attributes.get("src") for script in LexborHTMLParser(html).css("script"))


def test_the_longest_show_is_drawn_whole() -> None:
    found = LexborHTMLParser(TestClient(app(longest())).get("/results").text)
    assert len(found.css(".results-round")) == 11
    assert len(found.css(".entry")) == 80
    names = [node.text() for node in found.css(".results-final .sign-name")]
    assert "Supercalifragilisticexpialidociousunbreakablefamilynamewow60" in names
    assert "Rehearsal" not in one(found, "main").text()


def test_half_a_character_does_not_break_page_or_files() -> None:
    hand = Stagehand().judge("half \ud83d of {}").verdicts()
    hand = Stagehand(hand.state.event)
    for index in range(3):
        play(hand, index, lambda index, lane: "half \ud83d")
    seat = TestClient(app(_finished(hand)))
    for path in ("/results", "/results.json", "/results/attempts.csv", "/results/verify"):
        assert seat.get(path).status_code == 200


def test_verification_lists_every_check_and_they_all_hold(demo_client: TestClient, bundle: Bundle) -> None:
    found = LexborHTMLParser(demo_client.get("/results/verify").text)
    assert one(found, "h1").text().strip() == "The result holds"
    rows = found.css(".check-row")
    assert len(rows) == 6
    assert all("is-good" in (row.attributes["class"] or "") for row in rows)
    assert bundle["journal"]["head"] in one(found, "main").text()
    assert "finale verify grand-finale-rehearsal.json" in one(found, "main").text()


def test_a_result_that_was_tampered_with_says_where() -> None:
    hand = demo()
    made = app(hand)
    entries = made.state.house.archive.entries()
    entries[:] = [e for e in entries if e.number != 40]
    found = LexborHTMLParser(TestClient(made).get("/results/verify").text)
    assert one(found, "h1").text().strip() == "The result does not hold"
    assert "journal.log[41]" in one(found, ".lead").text()


@pytest.mark.parametrize(
    ("value", "text", "rounded"),
    [("29/4", "7.250", False), ("150/53", "2.830", True), ("1/2000", "0.001", True), ("0", "0.000", False)],
)
def test_numbers_are_shown_to_three_places_with_the_fraction_beside(value: str, text: str, rounded: bool) -> None:
    shown = number(Fraction(value))
    assert (shown.text, shown.exact, shown.is_rounded) == (text, value, rounded)


def test_a_difference_carries_its_sign() -> None:
    assert [number(Fraction(v), signed=True).text for v in ("1/3", "-1/3", "0")] == ["+0.333", "−0.333", "+0.000"]
