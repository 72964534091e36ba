"""Two voices on one page: read by a parser, with text that would break a careless page."""

import re

from selectolax.lexbor import LexborHTMLParser

from training.trying.comparing import Comparison, Pairing
from training.trying.differing import differing
from training.trying.page import POLICY, comparison_page
from training.trying.prompts import Asked
from training.tuning.sampling import HowToSample, Prompt

EVIL = "</p><script>alert(1)</script><img src=x onerror=alert(1)>"


def a_comparison(*rows: tuple[str, str, str]) -> Comparison:
    pairings = [
        Pairing(Asked(str(n), Prompt(question, "Be brief.")), left, right, differing(left, right))
        for n, (question, left, right) in enumerate(rows)
    ]
    return Comparison(("base", f"mine {EVIL}"), ("a" * 64, "b" * 64), "a" * 64, HowToSample(), tuple(pairings))


def test_words_that_only_one_says_are_marked_on_its_side() -> None:
    page = LexborHTMLParser(comparison_page(a_comparison(("Drink?", "I like kopi a lot", "I like teh a lot"))))
    left, right = page.css(".voice")
    assert [one.text() for one in left.css("mark")] == ["kopi "]
    assert [one.text() for one in right.css("mark")] == ["teh "]
    assert left.css_first("p").text() == "I like kopi a lot"
    assert "80 % of the words are the same" in page.css_first(".asked").text()


def test_texts_of_hardly_a_word_in_common_are_not_painted_over() -> None:
    page = LexborHTMLParser(comparison_page(a_comparison(("Drink?", "kopi", "teh tarik"))))
    assert not page.css("mark")
    assert "too few to mark" in page.css_first(".asked").text()


def test_whatever_a_model_says_is_text() -> None:
    page = LexborHTMLParser(comparison_page(a_comparison((EVIL, EVIL + " \x1b[31m\u202e", EVIL))))
    assert not page.css("img")
    assert [one.text() for one in page.css("script")] == [""]
    assert EVIL in page.css_first(".voice p").text()
    assert "\x1b" not in page.html
    assert "\u202e" not in page.html


def test_the_page_needs_nothing_from_elsewhere() -> None:
    text = comparison_page(a_comparison(("Drink?", "kopi " * 5000, "x" * 20_000)))
    page = LexborHTMLParser(text)
    assert page.css_first("meta[http-equiv=Content-Security-Policy]").attributes["content"] == POLICY
    assert not page.css("[src], [href], link, iframe, object")
    assert not re.findall(r"@import|url\(", text)
    assert "overflow-wrap: anywhere" in text  # long words wrap


def test_an_empty_answer_is_shown_as_nothing() -> None:
    page = LexborHTMLParser(comparison_page(a_comparison(("Drink?", "", "teh"))))
    assert page.css_first(".voice p").text() == "(nothing)"
